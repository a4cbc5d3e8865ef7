// The records that a call passed, as it met them, beside what they are today.

import { ChevronDown } from "lucide-react";
import type { components } from "@/api/schema";
import { Badge } from "@/ui/badge";
import { classes } from "@/ui/classes";
import { Panel } from "@/ui/panel";
import { RecordLink } from "@/views/calls/sentence";
import { useWords } from "@/words";
import { type Said, saidOf } from "./readable";

type Compared = components["schemas"]["ComparedView"];

export function PassedRecords({ passed }: { passed: Compared[] }) {
  const { t } = useWords("call-history");
  return (
    <Panel title={t("passed")} description={t("passed_more")} flush className="overflow-hidden">
      <ul className="divide-y border-t">{passed.map((one) => <Record key={one.node} one={one} />)}</ul>
    </Panel>
  );
}

function Record({ one }: { one: Compared }) {
  const { t } = useWords("call-history");
  const isGone = one.today === null && one.then !== null;
  const changed = one.differs.length > 0;
  const tone = isGone ? "bad" : changed ? "warn" : "neutral";
  const word = isGone ? t("gone") : one.then === null ? t("not_kept") : changed ? t("changed", { count: one.differs.length }) : t("unchanged");
  return (
    <li>
      <details className="group" open={changed || isGone}>
        <summary className="flex cursor-pointer list-none items-center gap-3 px-5 py-3 hover:bg-sunken/60 [&::-webkit-details-marker]:hidden">
          <ChevronDown className="size-4 shrink-0 -rotate-90 text-muted transition-transform group-open:rotate-0" aria-hidden />
          <span className="min-w-0 grow truncate">
            <span className="mr-2 text-[13px] text-muted">{t(`kinds.${one.kind}`, { ns: "app", defaultValue: one.kind })}</span>
            <span className="font-medium">{one.label}</span>
          </span>
          <Badge tone={tone}>{word}</Badge>
        </summary>
        {/* Not within what opens and closes: a link there is two things to press in one. */}
        <p className="px-5 pb-2 text-[13px]"><RecordLink record={one} /></p>
        <Members one={one} />
      </details>
    </li>
  );
}

function Members({ one }: { one: Compared }) {
  const { t } = useWords("call-history");
  const then = (one.then ?? {}) as Record<string, unknown>;
  const today = (one.today ?? {}) as Record<string, unknown>;
  const names = [...new Set([...Object.keys(then), ...Object.keys(today)])].sort((a, b) => Number(one.differs.includes(b)) - Number(one.differs.includes(a)));
  return (
    <div className="overflow-x-auto px-5 pb-4">
      <table className="w-full min-w-[28rem] table-fixed text-left text-[13px]">
        <thead className="text-muted">
          <tr><th scope="col" className="w-40 py-1.5 font-medium"><span className="sr-only">{t("member")}</span></th><th scope="col" className="py-1.5 pr-3 font-medium">{t("then")}</th><th scope="col" className="py-1.5 font-medium">{t("today")}</th></tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const differs = one.differs.includes(name);
            return (
              <tr key={name} className="border-t align-top">
                <th scope="row" className="py-1.5 pr-3 font-normal text-muted">{t(`members.${name}`, { defaultValue: name.replaceAll("_", " ") })}</th>
                <td className="py-1.5 pr-3 break-words">{one.then === null ? "–" : <Value said={saidOf(then[name])} />}</td>
                <td className={classes("py-1.5 break-words", differs && "font-medium text-warn")}>{one.today === null ? "–" : <Value said={saidOf(today[name])} />}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Value({ said }: { said: Said }) {
  const { t } = useWords("call-history");
  if (said.kind === "nothing") return <span className="text-muted">–</span>;
  if (said.kind === "truth") return t(said.is ? "yes" : "no", { ns: "app" });
  if (said.kind === "text") return said.text;
  return (
    <ul className="space-y-0.5">
      {said.items.map((item, at) => <li key={at}>{item.name && <span className="text-muted">{t(`members.${item.name}`, { defaultValue: item.name.replaceAll("_", " ") })} </span>}{item.text}</li>)}
    </ul>
  );
}
