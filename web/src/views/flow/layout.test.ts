// Whether a drawing is laid out as a person can read it.

import { expect, test } from "vitest";
import { GAP_X, layout, pathOf, type Slot } from "./layout";

function slot(id: string, ...to: string[]): Slot {
  return { id, width: 200, height: 60 + to.length * 20, entry: 30, ports: to.map((target, at) => ({ id: `p${at}`, to: target, y: 70 + at * 20 })) };
}

const OFFICE = [slot("number", "hours"), slot("hours", "menu", "night"), slot("menu", "sales", "support", "night", "menu"), slot("sales", "support"), slot("support", "night"), slot("night")];

test("every line but one that closes a circle leads to the right", () => {
  const { at, lines } = layout(OFFICE);
  for (const line of lines.filter((one) => !one.back)) {
    expect(at.get(line.to)?.x).toBeGreaterThanOrEqual((at.get(line.from)?.x ?? 0) + 200 + GAP_X);
  }
  expect(lines.filter((line) => line.back).map(({ from, to }) => [from, to])).toEqual([["menu", "menu"]]);
  expect(lines).toHaveLength(9);
});

test("no box lies over another, and no line through one", () => {
  const { at, lines } = layout(OFFICE);
  const boxes = OFFICE.map((one) => ({ ...one, x: at.get(one.id)?.x ?? 0, y: at.get(one.id)?.y ?? 0 }));
  for (const a of boxes) for (const b of boxes) if (a.id < b.id && a.x === b.x) expect(a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true);
  // A line that passes a column is level there: both of its points must lie beside every box.
  for (const line of lines.filter((one) => !one.back)) {
    for (const point of line.points.slice(1, -1)) expect(boxes.some((box) => point.x >= box.x && point.x <= box.x + box.width && point.y > box.y && point.y < box.y + box.height)).toBe(false);
  }
});

test("lines begin at their exit and end at the entry", () => {
  const { at, lines } = layout(OFFICE);
  for (const line of lines) {
    const [from, to] = [at.get(line.from), at.get(line.to)];
    const port = OFFICE.find(({ id }) => id === line.from)?.ports.find(({ id }) => id === line.port);
    expect(line.points[0]).toEqual({ x: (from?.x ?? 0) + 200, y: (from?.y ?? 0) + (port?.y ?? 0) });
    expect(line.points.at(-1)).toEqual({ x: to?.x, y: (to?.y ?? 0) + 30 });
  }
});

test("a straight way is drawn straight", () => {
  const straight = [{ ...slot("a", "b"), ports: [{ id: "p", to: "b", y: 30 }] }, { ...slot("b", "c"), ports: [{ id: "p", to: "c", y: 30 }] }, slot("c")];
  const { at, lines } = layout(straight);
  expect(new Set([...at.values()].map(({ y }) => y)).size).toBe(1);
  expect(lines.map(pathOf).join()).not.toContain("C");
});

test("lines that need not cross do not", () => {
  // In reading order x comes first, but y belongs further up.
  const { at } = layout([slot("top", "a", "b"), slot("a", "y"), slot("b", "x"), slot("x"), slot("y")]);
  expect(at.get("y")?.y).toBeLessThan(at.get("x")?.y ?? 0);
});

test("what does not hang together stands apart, in its order", () => {
  const { at } = layout([slot("first", "a"), slot("a"), slot("second", "b"), slot("b")]);
  expect(at.get("second")?.y).toBeGreaterThan(Math.max(at.get("first")?.y ?? 0, at.get("a")?.y ?? 0) + 60);
  expect(at.get("second")?.x).toBe(0);
});

test("circles end, and a thousand boxes are no wait", () => {
  const many = Array.from({ length: 1000 }, (_, at) => slot(`n${at}`, `n${(at * 7 + 1) % 1000}`, `n${(at * 13 + 5) % 1000}`));
  const start = performance.now();
  expect(layout(many).at.size).toBe(1000);
  expect(performance.now() - start).toBeLessThan(5000);
  expect(layout([])).toMatchObject({ width: 0, height: 0 });
});
