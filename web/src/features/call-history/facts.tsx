// What is known of a call, in a few words each.

import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { phone, stopwatch } from "@/format";
import { Button } from "@/ui/button";
import { Panel } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { Party, useOwnNames } from "@/views/calls/party";
import { roomOfKind } from "@/views/kinds";
import { When } from "@/views/when";
import { useWords } from "@/words";
import type { Whole } from "./legs";

export function Facts({ call }: { call: Whole }) {
  const { t } = useWords("call-history");
  const nameOf = useOwnNames();
  const place = (kind: string, one: { id: number; name: string | null } | null, otherwise: ReactNode = null) =>
    one ? <Link to={roomOfKind(kind, one.id)} className="text-accent-text hover:underline">{one.name ?? `#${one.id}`}</Link> : otherwise;
  return (
    <Panel title={t("facts")}>
      <dl className="grid gap-x-6 gap-y-3.5 sm:grid-cols-2 xl:grid-cols-1 2xl:grid-cols-2">
        <Fact name={t("from")}><Party number={call.from_number} name={call.from_name ?? nameOf(call.from_number)} /></Fact>
        <Fact name={t("to")}><Party number={call.to_number} name={nameOf(call.to_number)} /></Fact>
        <Fact name={t("direction")}>{t(`calls.directions.${call.direction}`, { ns: "app" })}</Fact>
        <Fact name={t("number")}>{place("number", call.did_number, call.number && phone(call.number))}</Fact>
        <Fact name={t("kinds.ring_group", { ns: "app" })}>{place("ring_group", call.ring_group)}</Fact>
        <Fact name={t("answered_by")}>{place("extension", call.extension, call.answered_by && phone(call.answered_by))}</Fact>
        <Fact name={t("began")}><When at={call.initiated_at} stacked /></Fact>
        <Fact name={t("answered")}>{call.answered_at && <When at={call.answered_at} stacked />}</Fact>
        <Fact name={t("ended")}>{call.ended_at && <When at={call.ended_at} stacked />}</Fact>
        <Fact name={t("wait")}>{call.wait !== null && stopwatch(call.wait)}</Fact>
        <Fact name={t("talk")}>{call.billsec !== null && stopwatch(call.billsec)}</Fact>
        <Fact name={t("duration")}>{call.duration !== null && stopwatch(call.duration)}</Fact>
        <Fact name={t("cost")}>{call.cost}</Fact>
        <Fact name={t("call_id")}>
          <span className="flex items-center gap-1">
            <code className="min-w-0 truncate text-[13px]">{call.call_id}</code>
            <Button look="ghost" size="tiny" aria-label={t("copy", { ns: "app" })} onClick={() => void navigator.clipboard.writeText(call.call_id).then(() => tell(t("copied", { ns: "app" })))}><Copy aria-hidden /></Button>
          </span>
        </Fact>
      </dl>
    </Panel>
  );
}

/** What is not known takes no place. */
function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === false || children === "") return null;
  return (
    <div className="min-w-0">
      <dt className="text-[13px] text-muted">{name}</dt>
      <dd className="mt-0.5 min-w-0 tabular-nums">{children}</dd>
    </div>
  );
}
