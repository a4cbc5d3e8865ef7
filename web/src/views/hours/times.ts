// Times of day and the ranges between them, as schedules have them.

export const DAY_MIN = 24 * 60;
export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Minutes after midnight, `end` not included. An end beyond 1440 lies on the next day; a range lasts a day at most. */
export interface Range {
  start: number;
  end: number;
}

/** `09:05`; of an end also `24:00`. A time of the next day is told as that day tells it. */
export function timeOf(minute: number): string {
  const shown = minute > DAY_MIN ? minute - DAY_MIN : minute;
  return `${String(Math.floor(shown / 60)).padStart(2, "0")}:${String(shown % 60).padStart(2, "0")}`;
}

/** The minute that somebody wrote: `9`, `930`, `9:30`, `9h30`, `5 pm`, `24:00`; nothing where it is no time. */
export function minuteOf(text: string): number | undefined {
  const parts = /^(\d{1,2})(?:[:.h]?(\d{2}))?h?\s*([ap])?\.?(?:m\.?)?$/.exec(text.trim().toLowerCase());
  if (!parts) return undefined;
  let hour = Number(parts[1]);
  const minute = Number(parts[2] ?? 0);
  if (parts[3]) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (parts[3] === "p" ? 12 : 0);
  }
  const at = hour * 60 + minute;
  return minute < 60 && at <= DAY_MIN ? at : undefined;
}

/** As the API writes it: an end at or before the start is the next day's. */
export function rangeOf({ start_time, end_time }: { start_time: string; end_time: string }): Range {
  const start = minuteOf(start_time) ?? 0;
  const end = minuteOf(end_time) ?? 0;
  return { start, end: end <= start ? end + DAY_MIN : end };
}

export function wordsOf({ start, end }: Range): { start_time: string; end_time: string } {
  return { start_time: timeOf(start), end_time: timeOf(end) };
}

/** In order, and those that touch or overlap made one. */
export function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const last = result.at(-1);
    if (last && range.start <= last.end) last.end = Math.min(Math.max(last.end, range.end), last.start + DAY_MIN);
    else result.push({ ...range });
  }
  return result;
}
