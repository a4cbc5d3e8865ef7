// What can be done to a week: times made, moved, stretched, taken away, copied from day to day, or laid out as others have them.

import { DAY_MIN, joined, type Range, WEEKDAYS } from "@/views/hours/times";

export type Week = Range[][];
export interface Place {
  day: number;
  at: number;
}

/** Dragging and arrow keys move by this; what is written is exact. */
export const STEP_MIN = 15;
const NEW_MIN = 60;

export function snapped(minute: number): number {
  return Math.round(minute / STEP_MIN) * STEP_MIN;
}

/** The week with a range put somewhere, taken from where it was; days are kept in order and without overlaps. */
export function placed(week: Week, from: Place | undefined, day: number, range: Range): Week {
  return week.map((ranges, one) => {
    const left = from?.day === one ? ranges.filter((_, at) => at !== from.at) : ranges;
    return one === day ? joined([...left, range]) : [...left];
  });
}

export function without(week: Week, { day, at }: Place): Week {
  return week.map((ranges, one) => (one === day ? ranges.filter((_, place) => place !== at) : ranges));
}

/** The range that now holds what was put down, where neighbours may have joined it. */
export function placeOf(week: Week, day: number, minute: number): Place {
  return { day, at: Math.max(0, (week[day] ?? []).findIndex(({ start, end }) => start <= minute && minute < end)) };
}

export function moved(range: Range, start: number): Range {
  const first = Math.max(0, Math.min(DAY_MIN - STEP_MIN, start));
  return { start: first, end: first + range.end - range.start };
}

export function withStart(range: Range, start: number): Range {
  return { ...range, start: Math.max(0, range.end - DAY_MIN, Math.min(start, range.end - STEP_MIN)) };
}

/** Beyond midnight, up to a whole day. */
export function withEnd(range: Range, end: number): Range {
  return { ...range, end: Math.max(range.start + STEP_MIN, Math.min(end, range.start + DAY_MIN)) };
}

/** Where a further range of a day fits best: usual hours of an empty day, else an hour after the last, else in the largest gap. */
export function another(ranges: readonly Range[]): Range | undefined {
  if (ranges.length === 0) return { start: 9 * 60, end: 17 * 60 };
  const edges = [0, ...ranges.flatMap(({ start, end }) => [start, end]), DAY_MIN];
  const gaps: Range[] = [];
  for (let at = 0; at < edges.length; at += 2) gaps.push({ start: edges[at] ?? 0, end: edges[at + 1] ?? 0 });
  const wide = gaps.filter(({ start, end }) => end - start > STEP_MIN);
  const last = gaps.at(-1);
  const gap = last && wide.includes(last) ? last : [...wide].sort((a, b) => b.end - b.start - (a.end - a.start))[0];
  if (!gap) return undefined;
  // Not touching its neighbour, or it would only stretch it.
  const start = gap.start === 0 ? Math.max(0, gap.end - STEP_MIN - NEW_MIN) : Math.min(gap.start + NEW_MIN, gap.end - STEP_MIN);
  const end = Math.min(start + NEW_MIN * 2, gap.end === DAY_MIN ? DAY_MIN : gap.end - 1);
  return end > start ? { start, end } : undefined;
}

export function copied(week: Week, from: number, to: ReadonlySet<number>): Week {
  return week.map((ranges, day) => (to.has(day) ? (week[from] ?? []).map((range) => ({ ...range })) : ranges));
}

const hours = (...pairs: [from: number, until: number][]): Range[] => pairs.map(([from, until]) => ({ start: from * 60, end: until * 60 }));
const weekOf = (of: (day: number) => Range[]): Week => WEEKDAYS.map((_, day) => of(day));

/** Weeks as many companies have them. */
export const TEMPLATES = {
  nine_to_five: weekOf((day) => (day < 5 ? hours([9, 17]) : [])),
  lunch: weekOf((day) => (day < 5 ? hours([9, 12], [13, 17]) : [])),
  shop: weekOf((day) => (day < 5 ? hours([9, 19]) : day === 5 ? hours([10, 16]) : [])),
  daily: weekOf(() => hours([8, 20])),
  always: weekOf(() => hours([0, 24])),
  never: weekOf(() => []),
} satisfies Record<string, Week>;
export type Template = keyof typeof TEMPLATES;
