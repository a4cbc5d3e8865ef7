// Whether a schedule is open at a moment, and when that changes: as the core of the telephone system judges it.

import type { Schedule } from "@/api/catalogue";
import { instantOf, shifted, wallTime } from "@/format/zones";
import { DAY_MIN, type Range, rangeOf, WEEKDAYS } from "./times";

export type Why = "inactive" | "manual" | "exception" | "week";

export interface Verdict {
  open: boolean;
  why: Why;
  /** Of the exception that rules the day. */
  name?: string;
}

export interface Change {
  at: Date;
  open: boolean;
}

/** What of a schedule decides. */
export interface Rules {
  active: boolean;
  /** Monday first. */
  week: readonly (readonly Range[])[];
  exceptions: readonly { date: string; name: string; ranges: readonly Range[] }[];
  manual: { open: boolean; until: Date | null } | null;
}

/** So far ahead a change is looked for; whoever opens later is simply closed. */
const DAYS_AHEAD = 400;

export function rulesOf(schedule: Schedule): Rules {
  return {
    active: schedule.status === "active",
    week: WEEKDAYS.map((day) => (schedule.schedule[day].enabled ? schedule.schedule[day].time_ranges.map(rangeOf) : [])),
    exceptions: schedule.exceptions.map(({ date, name, type, time_ranges }) => ({ date, name, ranges: type === "closed" ? [] : (time_ranges ?? []).map(rangeOf) })),
    manual: schedule.override === "none" ? null : { open: schedule.override === "open", until: schedule.override_until ? new Date(schedule.override_until) : null },
  };
}

export function verdictAt(rules: Rules, zone: string, now: Date): Verdict {
  if (!rules.active) return { open: false, why: "inactive" };
  if (isByHand(rules, now)) return { open: rules.manual?.open ?? false, why: "manual" };
  const [date, minute] = split(wallTime(now, zone));
  return byClock(rules, date, minute);
}

/** The next moment at which it opens or closes; nothing where none is in sight. */
export function nextChange(rules: Rules, zone: string, now: Date): Change | undefined {
  if (!rules.active) return undefined;
  const before = verdictAt(rules, zone, now).open;
  let from = now;
  if (isByHand(rules, now)) {
    const until = rules.manual?.until;
    if (!until) return undefined;
    const after = verdictAt({ ...rules, manual: null }, zone, until);
    if (after.open !== before) return { at: until, open: after.open };
    from = until;
  }
  let [date, minute] = split(wallTime(from, zone));
  for (let days = 0; days <= DAYS_AHEAD; days += 1) {
    for (const at of edges(rules, date)) {
      if (at > minute && byClock(rules, date, at).open !== before) return { at: instantOf(`${date}T${clock(at)}`, zone), open: !before };
    }
    date = shifted(date, 1);
    minute = -1;
  }
  return undefined;
}

function isByHand({ manual }: Rules, now: Date): boolean {
  return manual !== null && (manual.until === null || now < manual.until);
}

/** An exception rules its whole date: a night shift of the day before does not reach into it. */
function byClock(rules: Rules, date: string, minute: number): Verdict {
  const today = rules.exceptions.find((exception) => exception.date === date);
  const open = rangesOn(rules, date).some(({ start, end }) => start <= minute && minute < end);
  if (today) return { open, why: "exception", name: today.name };
  return { open: open || rangesOn(rules, shifted(date, -1)).some(({ end }) => minute < end - DAY_MIN), why: "week" };
}

function rangesOn(rules: Rules, date: string): readonly Range[] {
  return rules.exceptions.find((exception) => exception.date === date)?.ranges ?? rules.week[weekdayOf(date)] ?? [];
}

/** The minutes of a day at which anything can change, in order. */
function edges(rules: Rules, date: string): number[] {
  const own = rangesOn(rules, date).flatMap(({ start, end }) => [start, end]);
  const carried = rangesOn(rules, shifted(date, -1)).map(({ end }) => end - DAY_MIN);
  return [...new Set([0, ...own, ...carried])].filter((at) => at >= 0 && at < DAY_MIN).sort((a, b) => a - b);
}

/** Monday is 0. */
export function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** The date and the minute of a clock on a wall: `2026-12-24T18:05`. */
export function split(wall: string): [date: string, minute: number] {
  return [wall.slice(0, 10), Number(wall.slice(11, 13)) * 60 + Number(wall.slice(14, 16))];
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}
