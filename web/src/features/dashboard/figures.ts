// The figures of some days: asked, asked again when calls end, and the calls behind each of them.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered } from "@/api/client";
import type { AnswerOf } from "@/api/catalogue";
import { useCallsRefresh } from "@/api/live";
import { client } from "@/api/session";
import { shifted, wallTime } from "@/format/zones";
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
  ring_group?: string;
}

/**
 * The calls of some time, as the list of calls has them in the viewer's zone.
 *
 * What are whole days there is named by their dates, as a person chooses them; an hour, or a day of another zone's, by its instants.
 */
export function behind({ from, to }: Pick<Figures, "from" | "to">, zone: string, outcome?: Outcome, of: { number?: string; ring_group?: string } = {}): Behind {
  const [first, next] = [from, to].map((at) => wallTime(new Date(at), zone)) as [string, string];
  const isWholeDays = [first, next].every((wall) => wall.endsWith("T00:00"));
  const days = isWholeDays ? { from_date: first.slice(0, 10), to_date: shifted(next.slice(0, 10), -1) } : { from_date: from, to_date: new Date(Date.parse(to) - 1).toISOString() };
  return { ...days, ...(outcome && { status: STATES[outcome] }), ...of };
}

/** The calls of one hour or day. */
export function behindSlot(figures: Pick<Figures, "calls_by_hour" | "to">, zone: string, at: number, outcome?: Outcome): Behind | undefined {
  const slot = figures.calls_by_hour[at];
  return slot && behind({ from: slot.from, to: figures.calls_by_hour[at + 1]?.from ?? figures.to }, zone, outcome);
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
