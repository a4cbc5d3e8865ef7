// Whether a drawing becomes boxes and an outline in the order in which people read.

import { expect, test } from "vitest";
import { boxesOf, endOf, type FlowEdge, type FlowNode, outlineOf, partFrom, type Branch } from "./graph";
import { lineKey, marksOf } from "./marks";
import { HEAD, slotOf } from "./size";

function node(id: string, kind: FlowNode["kind"], more: Partial<FlowNode> = {}): FlowNode {
  return { id, kind, record_id: 1, label: id, active: true, missing: false, rings: [], reachable: true, time: null, problems: [], ...more };
}

function edge(from: string, to: string, when: FlowEdge["when"] = "always", keys: string | null = null): FlowEdge {
  return { from, to, when, keys, says: "" };
}

const FLOW = {
  nodes: [node("n", "phone_number"), node("h", "business_hours"), node("m", "ivr_menu"), node("e", "extension"), node("v", "voicemail"), node("x", "hangup"), node("lost", "ring_group", { reachable: false })],
  edges: [
    edge("n", "h"), edge("h", "m", "open"), edge("h", "x", "closed"), edge("m", "e", "keys", "1"), edge("m", "e", "keys", "2"), edge("m", "m", "keys", "9"), edge("m", "x", "no_choice"),
    edge("e", "v", "busy"), edge("e", "v", "no_answer"), edge("e", "v", "unreachable"), edge("lost", "v", "no_answer"),
  ],
  truncated: false,
};

test("boxes stand as a call meets them, and each end is its own", () => {
  const boxes = boxesOf(FLOW);
  expect(boxes.map(({ id }) => id)).toEqual(["n", "h", "m", "e", "v", endOf("m"), endOf("h"), "lost"]);
  expect(boxes[2]?.exits.map(({ id, to }) => [id, to])).toEqual([["keys 1", "e"], ["keys 2", "e"], ["keys 9", "m"], ["no_choice", endOf("m")]]);
});

test("what leads from a person to the same place is one way", () => {
  const person = boxesOf(FLOW).find(({ id }) => id === "e");
  expect(person?.exits).toEqual([{ id: "busy", when: "busy+no_answer+unreachable", keys: null, to: "v" }]);
});

test("an outline follows each way once and says where it stood before", () => {
  const flat = (branch: Branch, depth = 0): string[] => [`${" ".repeat(depth)}${branch.exit?.id ?? ""} ${branch.box.id}${branch.again ? " again" : ""}`, ...branch.branches.flatMap((one) => flat(one, depth + 1))];
  expect(outlineOf(boxesOf(FLOW)).flatMap((one) => flat(one))).toEqual([
    " n", " always h", "  open m", "   keys 1 e", "    busy v", "   keys 2 e again", "   keys 9 m again", `   no_choice ${endOf("m")}`, `  closed ${endOf("h")}`, " lost", " no_answer v again",
  ]);
});

test("a part holds what can be met from there, and no more", () => {
  expect(partFrom(FLOW, "m").nodes.map(({ id }) => id)).toEqual(["m", "e", "v", "x"]);
  expect(partFrom(FLOW, "lost").edges).toEqual([edge("lost", "v", "no_answer")]);
});

test("a way is marked with its boxes, its lines, and the key that was pressed", () => {
  const boxes = boxesOf(FLOW);
  const marks = marksOf(boxes, ["n", "h", "m", "e"], [], ["2"]);
  expect([...marks.boxes]).toEqual(["n", "h", "m", "e"]);
  expect([...marks.lines]).toEqual([lineKey("n", "always"), lineKey("h", "open"), lineKey("m", "keys 2")]);
  expect(marks.now).toBe("e");
  expect(marksOf(boxes, ["n", "h", "x"]).now).toBe(endOf("h"));
});

test("a card has room for each row, and its exits leave at theirs", () => {
  const menu = boxesOf(FLOW).find(({ id }) => id === "m");
  const slot = slotOf(menu as NonNullable<typeof menu>);
  const levels = slot.ports.map(({ y }) => y);
  expect(new Set(levels).size).toBe(4);
  expect(Math.min(...levels)).toBeGreaterThan(HEAD);
  expect(Math.max(...levels)).toBeLessThan(slot.height);
});
