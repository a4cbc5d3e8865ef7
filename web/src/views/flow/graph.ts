// The drawing of the ways of calls, as it is shown: boxes with their exits, in the order in which a person reads them.

import type { AnswerOf } from "@/api/catalogue";

type Drawn = AnswerOf<"/api/v1/plan/flow">["data"];
/** Of a number, its digits: the drawing itself calls it by its name alone. */
export type FlowNode = Drawn["nodes"][number] & { number?: string };
export type FlowEdge = Drawn["edges"][number];
export type Flow = Omit<Drawn, "nodes"> & { nodes: FlowNode[] };

/** One way out of a box. */
export interface Exit {
  /** Names it among those of its box. */
  id: string;
  /** As the server says it; what leads from a person to the same place is one way: `busy+no_answer`. */
  when: string;
  keys: string | null;
  /** The box it leads to. */
  to: string;
}

export interface Box {
  id: string;
  node: FlowNode;
  exits: Exit[];
}

const END = "hangup";

/**
 * The boxes of a flow, each as deep in the list as a reader meets it.
 *
 * The end of calls is drawn once for each box that leads to it: one for all would draw every line across the whole.
 */
export function boxesOf(flow: Pick<Flow, "nodes" | "edges">): Box[] {
  const boxes = new Map<string, Box>();
  const ends = new Map<string, Box>();
  for (const node of flow.nodes) if (node.kind !== END) boxes.set(node.id, { id: node.id, node, exits: [] });
  const end = flow.nodes.find((node) => node.kind === END);
  for (const edge of flow.edges) {
    const from = boxes.get(edge.from);
    if (!from) continue;
    let to = edge.to;
    if (end && to === end.id) {
      to = endOf(edge.from);
      ends.set(to, { id: to, node: end, exits: [] });
    }
    // A key that leads nowhere yet has an exit without a line.
    const together = edge.keys === null && edge.when !== "always" ? from.exits.find((exit) => exit.keys === null && exit.to === to && from.node.kind === "extension") : undefined;
    if (together) together.when += `+${edge.when}`;
    else from.exits.push({ id: exitId(edge), when: edge.when, keys: edge.keys, to });
  }
  const all = new Map([...boxes, ...ends]);
  return readingOrder(all);
}

/** The box in which calls that leave this one end. */
export function endOf(box: string): string {
  return `${END} of ${box}`;
}

export function exitId({ when, keys }: Pick<FlowEdge, "when" | "keys">): string {
  return keys === null ? when : `${when} ${keys}`;
}

/** From each beginning on, one way after the other. */
function readingOrder(boxes: Map<string, Box>): Box[] {
  const entered = new Set([...boxes.values()].flatMap((box) => box.exits.filter((exit) => exit.to !== box.id).map((exit) => exit.to)));
  const known = new Set<string>();
  const ordered: Box[] = [];
  const read = (start: string) => {
    const waiting = [start];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const box = boxes.get(id);
      if (!box || known.has(id)) continue;
      known.add(id);
      ordered.push(box);
      waiting.push(...box.exits.map((exit) => exit.to).reverse());
    }
  };
  const all = [...boxes.values()];
  for (const box of all) if (box.node.kind === "phone_number") read(box.id);
  for (const box of all) if (!entered.has(box.id)) read(box.id);
  // What is left leads in circles.
  for (const box of all) read(box.id);
  return ordered;
}

/** What can be met from a node on, and the node itself. */
export function partFrom(flow: Flow, start: string): Flow {
  const reached = new Set([start]);
  for (const id of reached) for (const edge of flow.edges) if (edge.from === id) reached.add(edge.to);
  return { ...flow, nodes: flow.nodes.filter((node) => reached.has(node.id)), edges: flow.edges.filter((edge) => reached.has(edge.from)) };
}

/** An outline: what is met first, and below it where each exit leads. */
export interface Branch {
  box: Box;
  exit: Exit | undefined;
  /** It stands above with all that follows. */
  again: boolean;
  branches: Branch[];
}

export function outlineOf(boxes: readonly Box[]): Branch[] {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const known = new Set<string>();
  const branch = (box: Box, exit: Exit | undefined): Branch => {
    const again = known.has(box.id);
    known.add(box.id);
    const followed = again ? [] : box.exits;
    return { box, exit, again, branches: followed.flatMap((one) => { const to = byId.get(one.to); return to ? [branch(to, one)] : []; }) };
  };
  return boxes.flatMap((box) => (known.has(box.id) ? [] : [branch(box, undefined)]));
}
