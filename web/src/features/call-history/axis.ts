// Where things stand on the time axis of one call.

export interface Span {
  /** Shares of the whole, from 0 to 1. */
  from: number;
  to: number;
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200];
const TICKS_MAX = 6;

/** Seconds at which the axis is marked: round ones, and few. */
export function ticksOf(wholeS: number): number[] {
  const step = STEPS_S.find((seconds) => wholeS / seconds <= TICKS_MAX) ?? Math.ceil(wholeS / TICKS_MAX / 3_600) * 3_600;
  return Array.from({ length: Math.floor(wholeS / step) + 1 }, (_, at) => at * step);
}

/** The part of the whole between two instants; what reaches out of it is cut. */
export function spanOf(from: string | null, to: string | null, begin: number, end: number): Span | undefined {
  if (from === null) return undefined;
  const share = (at: number) => Math.min(1, Math.max(0, (at - begin) / Math.max(1, end - begin)));
  const span = { from: share(Date.parse(from)), to: share(to === null ? end : Date.parse(to)) };
  return { from: span.from, to: Math.max(span.from, span.to) };
}
