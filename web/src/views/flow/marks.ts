// What a drawing shows beside itself: the way that a call took, and where it is.

import { createContext } from "react";
import { type Box, endOf } from "./graph";

export interface Marks {
  /** Boxes that the call met. */
  boxes: ReadonlySet<string>;
  /** Lines that it took: the box and the exit. */
  lines: ReadonlySet<string>;
  /** Where it is. */
  now: string | undefined;
  /** Extensions that ring there, by id. */
  ringing: ReadonlySet<number>;
}

/** None: the drawing is only looked at, and nothing fades. */
export const MarksContext = createContext<Marks | undefined>(undefined);

export function lineKey(box: string, exit: string): string {
  return `${box} ${exit}`;
}

/** The marks of a way, told as nodes one after the other. Of several exits to the same place, those that fit what is known stay. */
export function marksOf(boxes: readonly Box[], way: readonly string[], ringing: readonly number[] = [], keys: readonly string[] = []): Marks {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const met = new Set<string>();
  const lines = new Set<string>();
  let now: string | undefined;
  let before: Box | undefined;
  for (const node of way) {
    const id = byId.has(node) ? node : before ? endOf(before.id) : node;
    const box = byId.get(id);
    if (!box) continue;
    met.add(id);
    now = id;
    const exits = before?.exits.filter((exit) => exit.to === id) ?? [];
    const pressed = exits.filter((exit) => exit.keys !== null && keys.includes(exit.keys));
    for (const exit of pressed.length > 0 ? pressed : exits.slice(0, 1)) if (before) lines.add(lineKey(before.id, exit.id));
    before = box;
  }
  return { boxes: met, lines, now, ringing: new Set(ringing) };
}
