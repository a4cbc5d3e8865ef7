// Beside the form: where calls to the number go as it is saved, what somebody should look at on the way, and how to see all of it.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { PhoneCall, Workflow } from "lucide-react";
import { useCallback } from "react";
import type { AnswerOf, PhoneNumber } from "@/api/catalogue";
import { useLiveEvents } from "@/api/live";
import { ask } from "@/api/resources";
import { useRole } from "@/api/session";
import { Button } from "@/ui/button";
import { Note, Panel } from "@/ui/panel";
import { brokenBy, DestinationLink } from "@/views/destination-link";
import { roomOfKind } from "@/views/kinds";
import { useWords } from "@/words";

type Flow = AnswerOf<"/api/v1/plan/flow">["data"];

/** More would hide the way to the drawing, which shows them all. */
const PROBLEMS_MAX = 4;

function useWay(number: PhoneNumber): Flow | undefined {
  const queries = useQueryClient();
  const key = ["plan", "flow", number.phone_number];
  const hear = useCallback(
    (event: string) => {
      // Any record may lie on the way.
      if (event.startsWith("record")) void queries.invalidateQueries({ queryKey: ["plan", "flow"] });
    },
    [queries],
  );
  useLiveEvents(hear);
  return useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => (await ask<{ data: Flow }>("get", "plan/flow", { params: { number: number.phone_number }, signal })).data.data,
    enabled: number.status === "active",
  }).data;
}

export function LeadsTo({ number }: { number: PhoneNumber }) {
  const { t } = useWords("numbers");
  const { is } = useRole();
  const way = useWay(number);
  const broken = brokenBy(number.destination);
  const active = number.status === "active";
  const told = way?.nodes.filter((node) => node.kind !== "phone_number").flatMap((node) => node.problems.map((problem) => ({ node, problem }))) ?? [];
  return (
    <Panel title={t("now")}>
      <div className="rounded-xl border bg-sunken/60 px-3.5 py-3 font-medium">
        <DestinationLink destination={number.destination} />
      </div>
      {!active && <Note tone="warn" className="mt-3">{t("is_inactive")}</Note>}
      {active && broken && <Note tone="bad" className="mt-3">{t(broken === "gone" ? "target_gone" : "target_inactive")}</Note>}
      {active && number.destination.type === "hangup" && <Note tone="warn" className="mt-3">{t("hangs_up")}</Note>}
      {active && !broken && told.length > 0 && (
        <Note tone="warn" className="mt-3" title={t("on_the_way", { count: told.length })}>
          <ul className="mt-1 space-y-1.5">
            {told.slice(0, PROBLEMS_MAX).map(({ node, problem }) => (
              <li key={node.id + problem}>
                {node.record_id === null ? <span className="font-medium">{node.label}</span> : <Link to={roomOfKind(node.kind, node.record_id)} className="font-medium underline-offset-2 hover:underline">{node.label}</Link>}
                <span className="block text-[13px]">{problem}</span>
              </li>
            ))}
          </ul>
        </Note>
      )}
      {!is("pbx_user") && (
        <div className="mt-4 grid gap-2">
          <Button asChild><Link to="/flow" search={{ number: number.phone_number } as never}><Workflow aria-hidden />{t("draw")}</Link></Button>
          <Button asChild><Link to="/test-a-call" search={{ to: number.phone_number } as never}><PhoneCall aria-hidden />{t("test")}</Link></Button>
        </div>
      )}
    </Panel>
  );
}
