// The days that a calendar shows for a month.

import { shifted } from "@/format/zones";
import { weekdayOf } from "@/views/hours/status";

/** `2026-12`. */
export type Month = string;

/** Whole weeks from Monday, with the days of the neighbours that fill them. */
export function daysOf(month: Month): string[] {
  const first = `${month}-01`;
  const start = shifted(first, -weekdayOf(first));
  const last = shifted(`${monthAfter(month, 1)}-01`, -1);
  const weeks = Math.ceil((weekdayOf(first) + Number(last.slice(8))) / 7);
  return Array.from({ length: weeks * 7 }, (_, at) => shifted(start, at));
}

export function monthAfter(month: Month, months: number): Month {
  const [year = 0, of = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, of - 1 + months, 1)).toISOString().slice(0, 7);
}
