// What a list is made of, as each room says it.

import type { ReactNode } from "react";

export interface Column<View> {
  name: string;
  title: string;
  cell: (view: View) => ReactNode;
  /** The field that the API sorts by; without it the column is not sorted by. */
  sort?: string;
  /** Plain text for an export; without it the column is not exported. */
  text?: (view: View) => string | number | null | undefined;
  /** Shown only when chosen. */
  extra?: boolean;
  align?: "right";
  /** As a track of a grid, where a list is scrolled through: `minmax(12rem,1fr)`. */
  width?: string;
}

export type Filter =
  | { name: string; label: string; kind: "choice"; options: readonly { value: string; label: string }[]; several?: boolean }
  | { name: string; label: string; kind: "text"; placeholder?: string }
  /** Two days, by the names that the API has for the first and the last. */
  | { name: string; until: string; label: string; kind: "days" };

export function csvOf<View>(columns: readonly Column<View>[], rows: readonly View[]): string {
  const exported = columns.filter((column) => column.text);
  const lines = [exported.map((column) => column.title), ...rows.map((row) => exported.map((column) => column.text?.(row) ?? ""))];
  return lines.map((cells) => cells.map(quoted).join(",")).join("\r\n") + "\r\n";
}

/** A cell that a spreadsheet would take for a formula is made a text. */
function quoted(cell: string | number): string {
  const text = typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) && !/^\+?\d+$/.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
