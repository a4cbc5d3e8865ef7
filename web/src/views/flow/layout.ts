// Where each box of a drawing stands, from left to right, and how the lines between them run. Pure: the same drawing always looks the same.

export interface Port {
  id: string;
  /** The box it leads to. */
  to: string;
  /** From the box's upper edge. */
  y: number;
}

export interface Slot {
  id: string;
  width: number;
  height: number;
  /** Where lines come in, from the upper edge. */
  entry: number;
  ports: Port[];
}

export interface Point {
  x: number;
  y: number;
}

export interface Line {
  from: string;
  port: string;
  to: string;
  points: Point[];
  /** It leads back to what a call met before, below everything else. */
  back: boolean;
}

export interface Layout {
  at: Map<string, Point>;
  lines: Line[];
  width: number;
  height: number;
}

export const GAP_X = 72;
const GAP_Y = 28;
/** Between two drawings that have nothing to do with each other. */
const GAP_PARTS = 56;
const LANE = 18;
const TURN = 26;
/** A line that passes a column takes this much of its height. */
const PASSING = 8;
const SWEEPS = 12;
/** Beyond this nobody can follow lines anyway, and they take the straight way behind the boxes. */
const PASSINGS_MAX = 4000;

/** Slots are taken in reading order: what stands earlier comes further up where nothing else decides. */
export function layout(slots: readonly Slot[]): Layout {
  const whole: Layout = { at: new Map(), lines: [], width: 0, height: 0 };
  for (const part of parts(slots)) {
    const top = whole.height === 0 ? 0 : whole.height + GAP_PARTS;
    const placed = layoutPart(part);
    for (const [id, { x, y }] of placed.at) whole.at.set(id, { x, y: y + top });
    for (const line of placed.lines) whole.lines.push({ ...line, points: line.points.map(({ x, y }) => ({ x, y: y + top })) });
    whole.width = Math.max(whole.width, placed.width);
    whole.height = top + placed.height;
  }
  return whole;
}

/** What hangs together, each in reading order. */
function parts(slots: readonly Slot[]): Slot[][] {
  const group = new Map(slots.map((slot) => [slot.id, slot.id]));
  const root = (id: string): string => {
    let at = id;
    while (group.get(at) !== at) at = group.get(at) as string;
    group.set(id, at);
    return at;
  };
  for (const slot of slots) for (const port of slot.ports) if (group.has(port.to)) group.set(root(port.to), root(slot.id));
  const found = new Map<string, Slot[]>();
  for (const slot of slots) {
    const of = root(slot.id);
    listed(found, of).push(slot);
  }
  return [...found.values()];
}

/** A box, or a line's place in a column that it only passes. */
interface Item {
  slot: Slot;
  rank: number;
  passing: boolean;
  y: number;
  weight: number;
}

/** From one column to the next. */
interface Link {
  from: Item;
  /** Below the upper edge of `from`. */
  leaves: number;
  to: Item;
}

/** The columns from left to right, and what joins them. */
interface Grid {
  columns: Item[][];
  into: Map<Item, Link[]>;
  outOf: Map<Item, Link[]>;
}

function layoutPart(slots: readonly Slot[]): Layout {
  const { ranks, back } = rank(slots);
  const items = new Map<string, Item>(slots.map((slot) => [slot.id, { slot, rank: ranks.get(slot.id) ?? 0, passing: false, y: 0, weight: 1 }]));
  const grid: Grid = { columns: [], into: new Map(), outOf: new Map() };
  const { columns } = grid;
  const put = (item: Item) => { (columns[item.rank] ??= []).push(item); };
  let passings = 0;
  const chains: { slot: Slot; port: Port; chain: Item[] }[] = [];
  for (const slot of slots) put(items.get(slot.id) as Item);
  for (const slot of slots) {
    for (const port of slot.ports) {
      const [first, last] = [items.get(slot.id) as Item, items.get(port.to)];
      if (!last || back.has(port)) continue;
      const chain = [first];
      for (let at = first.rank + 1; at < last.rank && passings < PASSINGS_MAX; at += 1) {
        passings += 1;
        const passing: Item = { slot: { id: `${slot.id} ${port.id} ${at}`, width: slot.width, height: PASSING, entry: PASSING / 2, ports: [] }, rank: at, passing: true, y: 0, weight: 4 };
        put(passing);
        chain.push(passing);
      }
      chain.push(last);
      for (let at = 1; at < chain.length; at += 1) {
        const from = chain[at - 1] as Item;
        const link = { from, leaves: at === 1 ? port.y : from.slot.entry, to: chain[at] as Item };
        listed(grid.outOf, link.from).push(link);
        listed(grid.into, link.to).push(link);
      }
      chains.push({ slot, port, chain });
    }
  }
  untangle(grid);
  settle(grid);
  const widths = columns.map((column) => Math.max(...column.map(({ slot }) => slot.width)));
  const lefts: number[] = [];
  for (const rank of widths.keys()) lefts.push((lefts[rank - 1] ?? -GAP_X - (widths[rank - 1] ?? 0)) + (widths[rank - 1] ?? 0) + GAP_X);
  const xOf = (item: Item) => lefts[item.rank] ?? 0;
  const height = columns.flat().reduce((most, { y, slot }) => Math.max(most, y + slot.height), 0);
  const lines: Line[] = chains.map(({ slot, port, chain }) => ({ from: slot.id, port: port.id, to: port.to, back: false, points: through(chain, port, xOf) }));
  let lanes = 0;
  for (const slot of slots) {
    for (const port of slot.ports.filter((one) => back.has(one))) {
      const [from, to] = [items.get(slot.id) as Item, items.get(port.to)];
      if (!to) continue;
      const [start, end] = [{ x: xOf(from) + slot.width, y: from.y + port.y }, { x: xOf(to), y: to.y + to.slot.entry }];
      const itself = from === to;
      if (!itself) lanes += 1;
      // Between the boxes there is room for one line; one that goes further back runs below them all.
      const lane = itself ? from.y + slot.height + GAP_Y / 2 : height + lanes * LANE;
      lines.push({ from: slot.id, port: port.id, to: port.to, back: true, points: [start, { x: start.x + TURN, y: start.y }, { x: start.x + TURN, y: lane }, { x: end.x - TURN, y: lane }, { x: end.x - TURN, y: end.y }, end] });
    }
  }
  return {
    at: new Map([...items].map(([id, item]) => [id, { x: xOf(item), y: item.y }])),
    lines,
    width: (lefts.at(-1) ?? 0) + (widths.at(-1) ?? 0),
    height: Math.max(height + lanes * LANE, ...lines.filter((line) => line.back).map((line) => line.points[2]?.y ?? 0)),
  };
}

function listed<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function through(chain: readonly Item[], port: Port, xOf: (item: Item) => number): Point[] {
  return chain.flatMap((item, at) => {
    if (at === 0) return [{ x: xOf(item) + item.slot.width, y: item.y + port.y }];
    const entry = { x: xOf(item), y: item.y + item.slot.entry };
    return item.passing ? [entry, { x: entry.x + item.slot.width, y: entry.y }] : [entry];
  });
}

/** The column of each box, right of all that lead to it; lines that close a circle are set aside. */
function rank(slots: readonly Slot[]): { ranks: Map<string, number>; back: Set<Port> } {
  const byId = new Map(slots.map((slot) => [slot.id, slot]));
  const back = new Set<Port>();
  const open = new Set<string>();
  const done: Slot[] = [];
  const known = new Set<string>();
  const visit = (slot: Slot) => {
    known.add(slot.id);
    open.add(slot.id);
    for (const port of slot.ports) {
      if (open.has(port.to)) back.add(port);
      else if (!known.has(port.to)) { const next = byId.get(port.to); if (next) visit(next); }
    }
    open.delete(slot.id);
    done.push(slot);
  };
  for (const slot of slots) if (!known.has(slot.id)) visit(slot);
  const ranks = new Map<string, number>();
  for (const slot of done.reverse()) {
    const own = ranks.get(slot.id) ?? 0;
    ranks.set(slot.id, own);
    for (const port of slot.ports) if (!back.has(port)) ranks.set(port.to, Math.max(ranks.get(port.to) ?? 0, own + 1));
  }
  return { ranks, back };
}

/** Orders each column so that few lines cross. The best order that was met is kept. */
function untangle({ columns, into, outOf }: Grid): void {
  let best = columns.map((column) => [...column]);
  let fewest = crossings(columns, outOf);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    const rightwards = sweep % 2 === 0;
    const place = placesOf(columns);
    for (const column of rightwards ? columns.slice(1) : columns.slice(0, -1).reverse()) {
      const wanted = new Map(column.map((item) => {
        const near = (rightwards ? into : outOf).get(item) ?? [];
        const places = near.map((link) => (rightwards ? (place.get(link.from) ?? 0) + link.leaves / (link.from.slot.height + 1) : (place.get(link.to) ?? 0)));
        return [item, places.length > 0 ? places.reduce((sum, one) => sum + one, 0) / places.length : (place.get(item) ?? 0)];
      }));
      column.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      for (const [at, item] of column.entries()) place.set(item, at);
    }
    const now = crossings(columns, outOf);
    if (now < fewest) {
      fewest = now;
      best = columns.map((column) => [...column]);
    }
  }
  for (const [at, column] of best.entries()) columns[at] = column;
}

function placesOf(columns: readonly Item[][]): Map<Item, number> {
  return new Map(columns.flatMap((column) => column.map((item, at) => [item, at] as const)));
}

/** How often lines between neighbouring columns cross. */
function crossings(columns: readonly Item[][], outOf: Grid["outOf"]): number {
  const place = placesOf(columns);
  let total = 0;
  for (const column of columns) {
    const here = column.flatMap((item) => outOf.get(item) ?? []);
    const sorted = here.map((link) => ({ start: (place.get(link.from) ?? 0) + link.leaves / (link.from.slot.height + 1), end: place.get(link.to) ?? 0 })).sort((a, b) => a.start - b.start || a.end - b.end);
    total += inversions(sorted.map(({ end }) => end));
  }
  return total;
}

/** Pairs of which the later is smaller, counted while they are sorted. */
function inversions(values: number[]): number {
  if (values.length < 2) return 0;
  const middle = values.length >> 1;
  const [left, right] = [values.slice(0, middle), values.slice(middle)];
  let total = inversions(left) + inversions(right);
  left.sort((a, b) => a - b);
  right.sort((a, b) => a - b);
  let behind = 0;
  for (const value of left) {
    while (behind < right.length && (right[behind] as number) < value) behind += 1;
    total += behind;
  }
  return total;
}

/** Gives each box its height in the column: as level as can be with what it is joined to, and none over another. */
function settle({ columns, into, outOf }: Grid): void {
  for (const column of columns) spread(column, column.map(() => 0), column.map(() => 1));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const rightwards = sweep % 2 === 1;
    for (const column of rightwards ? columns : [...columns].reverse()) {
      const wanted = column.map((item) => {
        const near = (rightwards ? into : outOf).get(item) ?? [];
        if (near.length === 0) return { y: item.y, weight: 0.05 };
        const levels = near.map((link) => (rightwards ? link.from.y + link.leaves - item.slot.entry : link.to.y + link.to.slot.entry - link.leaves));
        return { y: levels.reduce((sum, level) => sum + level, 0) / levels.length, weight: item.weight };
      });
      spread(column, wanted.map(({ y }) => y), wanted.map(({ weight }) => weight));
    }
  }
  const top = columns.flat().reduce((least, { y }) => Math.min(least, y), Infinity);
  for (const item of columns.flat()) item.y -= top;
}

/** As near to what is wanted as the order and the gaps allow: neighbours that would overlap move together. */
function spread(column: readonly Item[], wanted: readonly number[], weights: readonly number[]): void {
  const offsets: number[] = [];
  let below = 0;
  for (const item of column) {
    offsets.push(below);
    below += item.slot.height + (item.passing ? GAP_Y / 2 : GAP_Y);
  }
  const blocks: { sum: number; weight: number; size: number }[] = [];
  for (const [at, y] of wanted.entries()) {
    const weight = weights[at] ?? 1;
    let block = { sum: (y - (offsets[at] ?? 0)) * weight, weight, size: 1 };
    for (let above = blocks.at(-1); above && above.sum / above.weight > block.sum / block.weight; above = blocks.at(-1)) {
      blocks.pop();
      block = { sum: above.sum + block.sum, weight: above.weight + block.weight, size: above.size + block.size };
    }
    blocks.push(block);
  }
  let at = 0;
  for (const block of blocks) {
    for (const end = at + block.size; at < end; at += 1) (column[at] as Item).y = Math.round(block.sum / block.weight + (offsets[at] ?? 0));
  }
}

/** A line as SVG draws it: curved from column to column, with round corners where it turns back. */
export function pathOf({ points, back }: Pick<Line, "points" | "back">): string {
  const [first, ...rest] = points;
  if (!first) return "";
  if (back) return cornered(points);
  let text = `M${first.x},${first.y}`;
  let last = first;
  for (const point of rest) {
    const half = (point.x - last.x) / 2;
    text += point.y === last.y ? `L${point.x},${point.y}` : `C${last.x + half},${last.y} ${point.x - half},${point.y} ${point.x},${point.y}`;
    last = point;
  }
  return text;
}

const RADIUS = 10;

function cornered(points: readonly Point[]): string {
  const toward = (from: Point, to: Point, length: number): Point => {
    const whole = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const share = Math.min(length, whole / 2) / whole;
    return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
  };
  return points
    .map((point, at) => {
      const [before, after] = [points[at - 1], points[at + 1]];
      if (!before) return `M${point.x},${point.y}`;
      if (!after) return `L${point.x},${point.y}`;
      const [enter, leave] = [toward(point, before, RADIUS), toward(point, after, RADIUS)];
      return `L${enter.x},${enter.y}Q${point.x},${point.y} ${leave.x},${leave.y}`;
    })
    .join("");
}
