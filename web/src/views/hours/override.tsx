// Somebody's word that wins over a schedule: open, closed, or as the schedule says; until when, and at once.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { DoorClosed, DoorOpen, Timer } from "lucide-react";
import { useState } from "react";
import { businessHours, type Schedule } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { instantOf, shifted, wallTime } from "@/format/zones";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";
import { Select } from "@/ui/select";
import { Segments } from "@/ui/tabs";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";
import { useScheduleClock, useScheduleState } from "./state";

type State = "none" | "open" | "closed";
const ENDS = ["never", "hour", "hours", "today", "change", "other"] as const;
type End = (typeof ENDS)[number];
const HOUR_MS = 3_600_000;

export function useOverride() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, state, until }: { id: number; state: State; until: Date | null }) => {
      await ask("put", `${businessHours.path}/${id}/override`, { body: { state, until: until?.toISOString() ?? null } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [businessHours.model] }),
  });
}

export function OverrideSwitch({ schedule, disabled }: { schedule: Schedule; disabled?: boolean }) {
  const { t } = useWords();
  const { zone, now, change } = useScheduleState(schedule);
  const { isOther, told, named } = useScheduleClock(zone, now);
  const override = useOverride();
  const [asked, setAsked] = useState<"open" | "closed">();
  const [end, setEnd] = useState<End>("never");
  const [other, setOther] = useState("");
  const until = schedule.override_until ? new Date(schedule.override_until) : null;
  // What is over counts no more, though the server still has it.
  const held = schedule.override === "none" || (until && until <= now) ? "none" : (schedule.override as State);
  const state = asked ?? held;
  const ends = ENDS.filter((one) => one !== "change" || (change && held === "none"));
  const untilAt = (one: End) => untilOf(one, other, zone, now, change?.at);
  const wanted = untilAt(end);
  const isElsewhere = isOther(wanted ?? now);
  const nameOf = (one: End) => {
    const at = one === "today" || one === "change" ? untilAt(one) : undefined;
    return t(`hours.ends.${one === "today" && at && isOther(at) ? "today_there" : one}`, { at: at ? told(at) : "" });
  };
  const set = async (next: State, at: Date | null) => {
    const before = { id: schedule.id, state: held, until: held === "none" ? null : until };
    try {
      await override.mutateAsync({ id: schedule.id, state: next, until: at });
      setAsked(undefined);
      setEnd("never");
      tell(t(`hours.set_${next}`, { name: schedule.name }), { action: { label: t("undo"), run: () => void override.mutateAsync(before).catch((error: unknown) => tell(sentenceOf(error, t("failed.network")), { tone: "bad" })) } });
    } catch (error) {
      tell(sentenceOf(error, t("failed.network")), { tone: "bad" });
    }
  };
  const choose = (next: string) => {
    if (next !== "none") return setAsked(next as "open" | "closed");
    setAsked(undefined);
    if (held !== "none") void set("none", null);
  };
  if (disabled) return held === "none" ? null : <Held state={held} until={until && told(until)} />;
  return (
    <div className="space-y-3">
      <Segments label={t("hours.override")} value={state} onValue={choose} options={(["none", "open", "closed"] as const).map((value) => ({ value, label: t(`hours.override_${value}`) }))} />
      {asked === undefined && held !== "none" && <Held state={held} until={until && told(until)} />}
      {asked && (
        <div className="space-y-2 rounded-xl border bg-sunken/50 p-3">
          <label className="block text-[13px] font-medium" htmlFor={`until-${schedule.id}`}>{t(`hours.until_${asked}`)}</label>
          <Select id={`until-${schedule.id}`} value={end} onValue={(next) => setEnd(next as End)} options={ends.map((value) => ({ value, label: nameOf(value) }))} />
          {end === "other" && <Input type="datetime-local" aria-label={t("hours.ends.other")} aria-describedby={isElsewhere ? `until-${schedule.id}-zone` : undefined} min={wallTime(now, zone)} value={other} onChange={(event) => setOther(event.target.value)} />}
          {end === "other" && isElsewhere && <p id={`until-${schedule.id}-zone`} className="text-[13px] text-muted">{wanted ? told(wanted) : t("hours.clock_of", { zone: named })}</p>}
          <div className="flex justify-end gap-2 pt-1">
            <Button size="small" look="ghost" onClick={() => setAsked(undefined)}>{t("cancel")}</Button>
            <Button size="small" look="primary" busy={override.isPending} disabled={wanted === undefined} onClick={() => void set(asked, wanted ?? null)}>{t(`hours.do_${asked}`)}</Button>
          </div>
        </div>
      )}
    </div>
  );
}

function Held({ state, until }: { state: State; until: string | null }) {
  const { t } = useWords();
  const Icon = until ? Timer : state === "open" ? DoorOpen : DoorClosed;
  return (
    <p className="flex items-start gap-2 text-[13px] text-muted">
      <Icon className="mt-0.5 size-3.5 shrink-0" aria-hidden />
      {until ? t(`hours.held_${state}_until`, { at: until }) : t(`hours.held_${state}`)}
    </p>
  );
}

/** The instant that was chosen; null for never, and nothing where none was chosen yet or it is over already. */
export function untilOf(end: End, other: string, zone: string, now: Date, change: Date | undefined): Date | null | undefined {
  if (end === "never") return null;
  if (end === "hour") return new Date(now.getTime() + HOUR_MS);
  if (end === "hours") return new Date(now.getTime() + 4 * HOUR_MS);
  if (end === "today") return instantOf(`${shifted(wallTime(now, zone).slice(0, 10), 1)}T00:00`, zone);
  if (end === "change") return change;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(other)) return undefined;
  const at = instantOf(other.slice(0, 16), zone);
  return at > now ? at : undefined;
}
