// How large a box is on a drawing, so that it can be laid out before anything is painted. The card keeps to these.

import type { Box } from "./graph";
import type { Slot } from "./layout";

export const BOX = 220;
export const HEAD = 54;
export const ROW = 22;
export const EXIT = 28;
const PADDING = 8;
/** The end of a call is a small thing. */
const END = { width: 124, height: 38 };
/** Telephones that are named; of more, how many there are. */
export const RINGS_MAX = 4;

export interface Details {
  rings: Box["node"]["rings"];
  more: number;
  time: string | null;
  problem: string | undefined;
}

/** What a card says below its name. */
export function detailsOf({ node }: Box): Details {
  const rings = node.kind === "extension" ? [] : node.rings.length > RINGS_MAX ? node.rings.slice(0, RINGS_MAX - 1) : node.rings;
  return { rings, more: node.kind === "extension" ? 0 : node.rings.length - rings.length, time: node.time, problem: node.problems[0] };
}

/** Exits that have a row of their own. What always leads on leaves from the head. */
export function rowsOf(box: Box) {
  return box.exits.filter((exit) => exit.when !== "always");
}

export function slotOf(box: Box, extraRows = 0): Slot {
  if (box.node.kind === "hangup") return { id: box.id, ...END, entry: END.height / 2, ports: [] };
  const { rings, more, time, problem } = detailsOf(box);
  const details = rings.length + (more > 0 ? 1 : 0) + (time ? 1 : 0) + (problem ? 1 : 0);
  const rows = rowsOf(box);
  const above = HEAD + (details > 0 ? details * ROW + PADDING : 0);
  const below = rows.length + extraRows > 0 ? (rows.length + extraRows) * EXIT + PADDING : 0;
  const ports = box.exits.map((exit) => ({ id: exit.id, to: exit.to, y: exit.when === "always" ? HEAD / 2 : above + PADDING / 2 + rows.indexOf(exit) * EXIT + EXIT / 2 }));
  return { id: box.id, width: BOX, height: above + below, entry: HEAD / 2, ports };
}
