// How live calls are sorted into columns, and which of them are shown.

import type { LiveCall } from "@/views/live/board";

export const COLUMNS = ["ringing", "answered"] as const;
export type ColumnName = (typeof COLUMNS)[number];

/** A call that starts is about to ring, and stands where it will. */
export function columnOf(call: LiveCall): ColumnName {
  return call.status === "answered" ? "answered" : "ringing";
}

/** Who waits longest comes first; of conversations the newest. */
export function inColumn(calls: Iterable<LiveCall>, column: ColumnName, direction: string | undefined): LiveCall[] {
  const sign = column === "ringing" ? 1 : -1;
  return [...calls]
    .filter((call) => columnOf(call) === column && (!direction || call.direction === direction))
    .sort((a, b) => sign * a.initiated_at.localeCompare(b.initiated_at) || a.id - b.id);
}
