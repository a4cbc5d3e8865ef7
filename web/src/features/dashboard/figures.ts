// The figures of some days: asked, asked again when calls end, and the calls behind each of them.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered } from "@/api/client";
import type { AnswerOf } from "@/api/catalogue";
import { useCallsRefresh } from "@/api/live";
import { client } from "@/api/session";
import { wallTime } from "@/format/zones";
import { ANSWERED, MISSED } from "@/views/calls/state";

export type Figures = AnswerOf<"/api/v1/dashboard">["data"];
export type Slot = Figures["calls_by_hour"][number];

export const RANGES = ["today", "yesterday", "7d", "30d"] as const;
export type Range = (typeof RANGES)[number];

/** The server keeps its figures as long; sooner, it would only say the same. */
const KEPT_MS = 15_000;

export function useFigures(range: Range) {
  useCallsRefresh(["dashboard"], KEPT_MS);
  return useQuery({
    queryKey: ["dashboard", range],
    queryFn: async ({ signal }) => (await answered(client.GET("/api/v1/dashboard", { params: { query: { range } }, signal }))).data,
    placeholderData: keepPreviousData,
  });
}

export type Outcome = "answered" | "missed";

const STATES: Record<Outcome, string> = { answered: ANSWERED.join(","), missed: MISSED.join(",") };

/** What call history is asked for to list the calls of a figure. */
export interface Behind {
  from_date: string;
  to_date: string;
  status?: string;
  number?: string;
}

/** The calls of all the days. */
export function behind({ from, to, time_zone }: Pick<Figures, "from" | "to" | "time_zone">, outcome?: Outcome, of: { number?: string; ring_group?: string } = {}): Behind {
  const dayOf = (at: number) => wallTime(new Date(at), time_zone).slice(0, 10);
  return { from_date: dayOf(Date.parse(from)), to_date: dayOf(Date.parse(to) - 1), ...(outcome && { status: STATES[outcome] }), ...of };
}

/** The calls of one hour or day: a day by its date, an hour by its instants. */
export function behindSlot(figures: Pick<Figures, "calls_by_hour" | "to" | "time_zone">, at: number, outcome?: Outcome): Behind | undefined {
  const slot = figures.calls_by_hour[at];
  if (!slot) return undefined;
  const to = figures.calls_by_hour[at + 1]?.from ?? figures.to;
  if (isDays(figures.calls_by_hour)) return behind({ from: slot.from, to, time_zone: figures.time_zone }, outcome);
  return { from_date: slot.from, to_date: new Date(Date.parse(to) - 1).toISOString(), ...(outcome && { status: STATES[outcome] }) };
}

const DAY_MS = 86_400_000;

export function isDays(slots: readonly Slot[]): boolean {
  const [first, second] = slots;
  // A day of a changing clock has 23 hours, or 25.
  return first !== undefined && second !== undefined && Date.parse(second.from) - Date.parse(first.from) > DAY_MS / 2;
}

export interface Point {
  at: number;
  from: string;
  total: number;
  answered: number;
  missed: number;
  /** None where nobody called. */
  rate: number | null;
}

export function pointsOf(slots: readonly Slot[]): Point[] {
  return slots.map(({ from, total, answered }, at) => ({ at, from, total, answered, missed: total - answered, rate: total > 0 ? answered / total : null }));
}
