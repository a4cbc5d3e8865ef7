// The course of a call as bars on a time axis: how long the caller waited and talked, whom it rang and who answered.

import { useState } from "react";
import type { AnswerOf } from "@/api/catalogue";
import { stopwatch } from "@/format";
import { Badge } from "@/ui/badge";
import { classes } from "@/ui/classes";
import { Panel } from "@/ui/panel";
import { Party, useOwnNames } from "@/views/calls/party";
import { toneOf } from "@/views/calls/state";
import { useNow } from "@/views/live/clock";
import { useWords } from "@/words";
import { type Span, spanOf, ticksOf } from "./axis";
import { Moments } from "./moments";

export type Whole = AnswerOf<"/api/v1/calls/{id}">["data"];

const ROW = "grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1.5 sm:grid-cols-[9.5rem_minmax(0,1fr)_7rem]";

export function Legs({ call }: { call: Whole }) {
  const { t } = useWords("call-history");
  const nameOf = useOwnNames();
  const now = useNow();
  // How far a live call has come is drawn once; its bars grow with what is heard of it.
  const [opened] = useState(now);
  const begin = Date.parse(call.initiated_at);
  const instants = [...call.timeline.map(({ at }) => at), ...call.legs.flatMap((leg) => [leg.started_at, leg.ended_at])].flatMap((at) => (at ? [Date.parse(at)] : []));
  const end = call.ended_at ? Date.parse(call.ended_at) : Math.max(opened, now, ...instants);
  const wholeS = Math.max(1, (end - begin) / 1_000);
  const waited = spanOf(call.initiated_at, call.answered_at ?? call.ended_at, begin, end);
  const talked = spanOf(call.answered_at, call.ended_at, begin, end);
  return (
    <Panel title={t("course")} description={t("course_more")}>
      <div role="list" aria-label={t("course")} className="space-y-3">
        <div role="listitem" className={ROW}>
          <span className="min-w-0 truncate font-medium">{call.from_name ?? <Party number={call.from_number} name={nameOf(call.from_number)} />}</span>
          <Track wholeS={wholeS}>
            <Bar span={waited} className="bg-line-strong/45" says={t("waited_for", { time: stopwatch(call.wait ?? (end - begin) / 1_000) })} />
            <Bar span={talked} className="bg-good/80" says={t("talked_for", { time: stopwatch(call.billsec ?? 0) })} />
          </Track>
          <span className="text-[13px] text-muted max-sm:col-start-2 max-sm:row-start-1 sm:text-right">{t("caller")}</span>
        </div>
        {call.legs.map((leg) => ({ ...leg, rang_until: rangUntil(call, leg) })).map((leg) => (
          <div key={leg.sequence} role="listitem" className={ROW}>
            <Party number={leg.target} name={leg.target_name ?? nameOf(leg.target)} className="min-w-0 truncate" />
            <Track wholeS={wholeS}>
              <Bar span={spanOf(leg.started_at, leg.rang_until, begin, end)} className="bg-accent/45" says={t("rang_for", { time: stopwatch(between(leg.started_at, leg.rang_until, end)) })} />
              {leg.answered_at && <Bar span={spanOf(leg.answered_at, leg.ended_at, begin, end)} className="bg-good/80" says={t("talked_for", { time: stopwatch(between(leg.answered_at, leg.ended_at, end)) })} />}
            </Track>
            <span className="max-sm:col-start-2 max-sm:row-start-1 sm:text-right"><Badge tone={toneOf(leg.status)}>{t(`calls.legs.${leg.status}`, { ns: "app", defaultValue: leg.status })}</Badge></span>
          </div>
        ))}
        {call.legs.length === 0 && <p className="text-muted">{t("nobody_rung")}</p>}
        <div className={classes(ROW, "text-xs text-muted")} aria-hidden>
          <span className="max-sm:hidden" />
          <span className="relative h-4 max-sm:col-span-2">
            {ticksOf(wholeS).map((second) => <span key={second} style={{ left: `${(second / wholeS) * 100}%` }} className="absolute -translate-x-1/2 tabular-nums first:translate-x-0">{stopwatch(second)}</span>)}
          </span>
        </div>
      </div>
      <Key />
      <Moments call={call} />
    </Panel>
  );
}

/** Of several that rang at once the engine does not always say who answered: all of them stopped ringing then. */
function rangUntil(call: Whole, leg: Whole["legs"][number]): string | null {
  return leg.answered_at ?? (leg.status === "unknown" || leg.status === "ringing" ? call.answered_at : null) ?? leg.ended_at;
}

function between(from: string | null, to: string | null, end: number): number {
  return from === null ? 0 : ((to === null ? end : Date.parse(to)) - Date.parse(from)) / 1_000;
}

function Track({ wholeS, children }: { wholeS: number; children: React.ReactNode }) {
  return (
    <div className="relative h-5 overflow-hidden rounded-md bg-sunken max-sm:col-span-2">
      {ticksOf(wholeS).slice(1).map((second) => <span key={second} style={{ left: `${(second / wholeS) * 100}%` }} className="absolute inset-y-0 w-px bg-line" aria-hidden />)}
      {children}
    </div>
  );
}

function Bar({ span, className, says }: { span: Span | undefined; className: string; says: string }) {
  if (!span) return null;
  return (
    <span style={{ left: `${span.from * 100}%`, width: `${(span.to - span.from) * 100}%` }} title={says} className={classes("absolute inset-y-0 min-w-0.5 rounded-[3px]", className)}>
      <span className="sr-only">{says}</span>
    </span>
  );
}

function Key() {
  const { t } = useWords("call-history");
  return (
    <ul className="mt-4 flex flex-wrap gap-x-5 gap-y-1 text-[13px] text-muted">
      {[["bg-line-strong/45", "key_waited"], ["bg-accent/45", "key_rang"], ["bg-good/80", "key_talked"]].map(([look, word]) => (
        <li key={word} className="flex items-center gap-2"><span className={classes("size-3 rounded-[3px]", look)} aria-hidden />{t(word ?? "")}</li>
      ))}
    </ul>
  );
}
