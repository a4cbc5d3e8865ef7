// What becomes of the call: its end in plain words, and each step with a clock and the records it passed.

import { Link } from "@tanstack/react-router";
import { ChevronFirst, ChevronLast, ChevronLeft, ChevronRight, Pause, Play } from "lucide-react";
import { useEffect, useRef } from "react";
import { phone, stopwatch } from "@/format";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Note } from "@/ui/panel";
import { lookOf, useFlowNames } from "@/views/flow/kinds";
import { useRecordPath } from "@/views/flow/paths";
import { useWords } from "@/words";
import type { Said, Simulated, Stop } from "./call";
import type { Player } from "./use-player";

const GOOD = ["completed", "message_left", "served"];
const BAD = ["not_found", "misconfigured", "not_built", "refused", "blocked", "result_unknown", "unexpected", "unfinished"];

export function toneOf(reason: string): "good" | "warn" | "bad" {
  return GOOD.includes(reason) ? "good" : BAD.includes(reason) ? "bad" : "warn";
}

export function useEnding(): (end: Simulated["end"]) => string {
  const { t } = useWords("test-a-call");
  return (end) => (end.answered_by ? t("ends.answered_by", { name: phone(end.answered_by) }) : t(`ends.${end.reason}`, end.reason));
}

export function Ending({ result }: { result: Simulated }) {
  const { t } = useWords("test-a-call");
  const names = useFlowNames();
  const ending = useEnding();
  const { end, way, sentences } = result;
  const place = way.findLast((stop) => stop.node === end.node);
  const last = sentences.at(-1)?.after ?? 0;
  return (
    <Note tone={toneOf(end.reason)} title={ending(end)}>
      <p className="text-[13px]">
        {[place && place.kind !== "hangup" && t("ends_at", { kind: names.kind(place.kind), name: names.name(place as never) }), t("after", { time: stopwatch(last) })].filter(Boolean).join(" · ")}
      </p>
    </Note>
  );
}

/** Plays the steps one after the other. */
export function PlayerBar({ player }: { player: Player }) {
  const { t } = useWords("test-a-call");
  const { at, count, playing } = player;
  return (
    <div role="group" aria-label={t("player")} className="flex items-center gap-1 max-sm:flex-wrap">
      <Button look="ghost" size="tiny" aria-label={t("first_step")} disabled={at <= 0} onClick={() => player.go(0)}><ChevronFirst aria-hidden /></Button>
      <Button look="ghost" size="tiny" aria-label={t("previous_step")} disabled={at <= 0} onClick={() => player.go(at - 1)}><ChevronLeft aria-hidden /></Button>
      <Button look="primary" size="small" onClick={player.toggle} className="mx-1 w-28">{playing ? <Pause aria-hidden /> : <Play aria-hidden />}{t(playing ? "pause" : "play")}</Button>
      <Button look="ghost" size="tiny" aria-label={t("next_step")} disabled={at >= count - 1} onClick={() => player.go(at + 1)}><ChevronRight aria-hidden /></Button>
      <Button look="ghost" size="tiny" aria-label={t("last_step")} disabled={at >= count - 1} onClick={() => player.go(count - 1)}><ChevronLast aria-hidden /></Button>
      <input type="range" aria-label={t("step")} aria-valuetext={t("step_of", { step: at + 1, count })} min={0} max={Math.max(0, count - 1)} value={at} onChange={(event) => player.go(Number(event.target.value))} className="mx-2 min-w-16 grow accent-accent max-sm:order-last max-sm:basis-full" />
      <span className="ml-auto text-[13px] whitespace-nowrap text-muted tabular-nums">{t("step_of", { step: at + 1, count })}</span>
    </div>
  );
}

export function Steps({ sentences, player }: { sentences: readonly Said[]; player: Player }) {
  const { t } = useWords("test-a-call");
  const list = useRef<HTMLOListElement>(null);
  const { at, playing } = player;
  useEffect(() => {
    // Only while it plays: nobody's scrolling is taken out of their hands.
    const step = playing ? list.current?.children[at] : undefined;
    const frame = list.current;
    if (step instanceof HTMLElement && frame && frame.scrollHeight > frame.clientHeight) frame.scrollTo({ top: step.offsetTop - frame.clientHeight / 2, behavior: "smooth" });
  }, [at, playing]);
  return (
    <ol ref={list} aria-label={t("steps")} className="relative overflow-y-auto p-2">
      {sentences.map((said, index) => (
        <li key={index} aria-current={index === at ? "step" : undefined} className={classes("relative rounded-lg transition-colors duration-200", index === at && player.moved && "bg-accent-soft", index > at && "text-muted")}>
          <button type="button" onClick={() => player.go(index)} className="grid w-full grid-cols-[3.25rem_minmax(0,1fr)] gap-2 rounded-lg px-2 pt-2 pb-1 text-left hover:bg-sunken/60">
            <span className="pt-px text-right text-xs text-muted tabular-nums">{said.after !== sentences[index - 1]?.after && stopwatch(said.after)}</span>
            <span className="text-[13px] leading-snug">{capital(said.text)}</span>
          </button>
          {said.records.length > 0 && <div className="flex flex-wrap gap-1 pr-2 pb-2 pl-17">{said.records.map((record) => <RecordChip key={record.node} record={record} />)}</div>}
        </li>
      ))}
    </ol>
  );
}

export function RecordChip({ record, marked }: { record: Stop; marked?: boolean }) {
  const path = useRecordPath();
  const names = useFlowNames();
  const { Icon } = lookOf(record.kind);
  const to = path(record.kind, record.id);
  const name = record.kind === "hangup" ? names.name(record as never) : phone(record.label || record.node);
  const look = classes("inline-flex min-h-6 max-w-full items-center gap-1 rounded-md border bg-surface px-1.5 py-0.5 text-xs text-muted [&_svg]:size-3 [&_svg]:shrink-0", marked && "border-warn font-medium text-warn");
  if (!to) return <span className={look}><Icon aria-hidden /><span className="truncate">{name}</span></span>;
  return <Link to={to} title={names.kind(record.kind)} className={classes(look, "hover:border-line-strong hover:text-accent-text")}><Icon aria-hidden /><span className="truncate">{name}</span></Link>;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
