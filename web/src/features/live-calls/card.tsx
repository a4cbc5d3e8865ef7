// One call that goes on: who, to whom, how long, and whom it rings.

import { Link } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import { phone, stopwatch } from "@/format";
import { Badge, type Tone } from "@/ui/badge";
import { CallActions } from "@/views/calls/act";
import { Party } from "@/views/calls/party";
import { DirectionIcon, StateBadge } from "@/views/calls/state";
import type { LiveCall, LiveLeg } from "@/views/live/board";
import { secondsSince, useNow } from "@/views/live/clock";
import { useWords } from "@/words";

interface LiveCardProps {
  call: LiveCall;
  nameOf: (number: string | null | undefined) => string | undefined;
}

export function LiveCard({ call, nameOf }: LiveCardProps) {
  const { t } = useWords("live-calls");
  const fromName = nameOf(call.from_number) ?? call.from_name;
  const plain = (number: string | null, name: string | null | undefined) => name ?? (number ? phone(number) : t("calls.unknown", { ns: "app" }));
  const title = t("calls.call_of", { ns: "app", from: plain(call.from_number, fromName), to: plain(call.to_number, nameOf(call.to_number)) });
  return (
    <li className="relative rounded-2xl border bg-surface p-4 shadow-xs animate-rise">
      <div className="flex items-start gap-3">
        <DirectionIcon direction={call.direction} className="mt-0.5" />
        <div className="min-w-0 grow">
          <Link to={`/call-history/${call.id}`} aria-label={title} className="font-medium hover:text-accent-text"><Party number={call.from_number} name={fromName} stacked /></Link>
          <p className="mt-1 flex min-w-0 items-center gap-1.5 text-[13px] text-muted">
            <ArrowRight className="size-3.5 shrink-0" aria-hidden />
            <Party number={call.to_number} name={nameOf(call.to_number)} className="truncate" />
          </p>
        </div>
        <div className="flex shrink-0 flex-col items-end gap-1.5">
          <Timer call={call} />
          {call.status === "initiated" && <StateBadge state={call.status} />}
        </div>
      </div>
      <Legs call={call} nameOf={nameOf} />
      <div className="mt-3 empty:hidden"><CallActions call={call} title={title} /></div>
    </li>
  );
}

/** Ringing is counted from the call's beginning, a conversation from its answer. */
function Timer({ call }: { call: LiveCall }) {
  const { t } = useWords("live-calls");
  const now = useNow();
  const since = call.status === "answered" ? (call.answered_at ?? call.initiated_at) : call.initiated_at;
  const shown = stopwatch(secondsSince(since, now));
  return <span role="timer" aria-label={t(call.status === "answered" ? "talks_for" : "waits_for", { time: shown })} className="text-[17px] leading-none font-semibold tabular-nums">{shown}</span>;
}

/** A leg that is over tells only of how it ended. */
const LEG_TONES: Record<string, Tone> = { ringing: "accent", answered: "good", completed: "good", no_answer: "warn", busy: "warn", failed: "bad" };
/** More would fill a telephone's screen. */
const LEGS_MAX = 12;

function Legs({ call, nameOf }: LiveCardProps) {
  const { t } = useWords("live-calls");
  // Who was rung twice is shown as it stands now.
  const latest = new Map<string, LiveLeg>();
  for (const leg of call.legs) latest.set(leg.target, leg);
  const legs = [...latest.values()];
  if (legs.length === 0) return call.status === "answered" ? <p className="mt-3 border-t pt-3 text-[13px] text-muted">{t("with_system")}</p> : null;
  return (
    <ul aria-label={t("rung")} className="mt-3 space-y-1.5 border-t pt-3">
      {legs.slice(0, LEGS_MAX).map((leg) => {
        const state = legState(call, leg);
        return (
          <li key={leg.target} className="flex items-center gap-2 text-[13px]">
            <Party number={leg.target} name={nameOf(leg.target)} className="min-w-0 grow truncate" />
            <Badge tone={LEG_TONES[state] ?? "neutral"} dot={state === "ringing" || state === "answered"}>{t(`calls.legs.${state}`, { ns: "app", defaultValue: state })}</Badge>
          </li>
        );
      })}
      {legs.length > LEGS_MAX && <li className="text-[13px] text-muted">{t("more_rung", { count: legs.length - LEGS_MAX })}</li>}
    </ul>
  );
}

/** Where several rang, the engine says that the call was answered before anybody says by whom. */
export function legState(call: LiveCall, leg: LiveLeg): string {
  if (call.answered_by === leg.target) return "answered";
  if (leg.ended_at === null && leg.status === "ringing" && call.status === "answered") return call.answered_by ? "canceled" : call.legs.filter((one) => one.ended_at === null).length === 1 ? "answered" : "rang";
  return leg.status;
}
