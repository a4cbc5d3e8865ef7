// Whether a menu that is drawn anew is kept as it was drawn.

import { expect, test } from "vitest";
import type { IvrMenu } from "@/api/catalogue";
import type { TargetKind } from "@/fields/destination";
import { boxesOf, type Flow } from "@/views/flow/graph";
import { added, bodyOf, byKey, destinationAt, drafted, draftOf, type Draft, freeKey, led, ofKeys, problemsOf, without } from "./draft";

const to = (type: TargetKind, id: number | null = null, number: string | null = null) => ({ type, id, to: number, name: null, number: null, status: null });
const MENU = {
  id: 7,
  options: [
    { id: 2, ivr_menu_id: 7, input_digits: "2", description: null, destination_type: "forward", destination_id: null, destination_forward_to: "+442079460018", destination: to("forward", null, "+442079460018"), priority: 2 },
    { id: 1, ivr_menu_id: 7, input_digits: "1", description: "Sales", destination_type: "ring_group", destination_id: 3, destination_forward_to: null, destination: to("ring_group", 3), priority: 1 },
  ],
  failover_destination: to("hangup"),
} as unknown as IvrMenu;
const DRAFT = draftOf(MENU);

test("what is read is what is written, in its order", () => {
  expect(bodyOf(DRAFT, new Map())).toEqual({
    options: [
      { input_digits: "1", destination_type: "ring_group", destination_id: 3, destination_forward_to: null, description: "Sales", priority: 1 },
      { input_digits: "2", destination_type: "forward", destination_id: null, destination_forward_to: "+442079460018", description: null, priority: 2 },
    ],
    failover_destination_type: "hangup", failover_destination_id: null, failover_forward_to: null,
  });
});

test("a key that leads to an extension is written by its number", () => {
  const body = bodyOf(led(DRAFT, "keys 1", to("extension", 4)), new Map([[4, "1002"]]));
  expect(body.options?.map(({ destination_id }) => destination_id)).toEqual(["1002", null]);
});

test("keys are added, led elsewhere and taken away", () => {
  const more = added(DRAFT);
  expect(more.keys.map(({ keys }) => keys)).toEqual(["1", "2", "3"]);
  // Where a new key leads is still to be chosen.
  expect([...problemsOf(more, 7)]).toEqual([[2, "problems.choose"]]);
  expect(led(more, "keys 3", to("extension", 4)).keys[2]?.to).toMatchObject({ type: "extension", id: 4 });
  expect(led(more, "no_choice", to("voicemail", 5)).failover).toMatchObject({ type: "voicemail", id: 5 });
  expect(without(more, "keys 1").keys.map(({ keys }) => keys)).toEqual(["2", "3"]);
  expect(freeKey({ ...DRAFT, keys: [..."1234567890*"].map((keys) => ({ keys, to: DRAFT.failover, description: null })) })).toBe("");
});

test("what the server would refuse is said at its place", () => {
  const wrong: Draft = {
    keys: [
      { keys: "#", to: to("hangup"), description: null },
      { keys: "1", to: to("extension"), description: null },
      { keys: "1", to: to("hangup"), description: null },
      { keys: "4", to: to("ivr_menu", 7), description: null },
      { keys: "5", to: to("hangup"), description: null },
    ],
    failover: to("forward"),
  };
  expect([...problemsOf(wrong, 7)]).toEqual([[0, "flow:bad_key"], [1, "problems.choose"], [2, "flow:double_key"], [3, "flow:to_itself"], [4, "flow:key_ends"], ["failover", "problems.phone"]]);
  expect(problemsOf(DRAFT, 7).size).toBe(0);
});

const node = (id: string, kind: string, record_id: number | null, label = id) => ({ id, kind, record_id, label, active: true, missing: false, rings: [], reachable: true, time: null, problems: [] }) as unknown as Flow["nodes"][number];
const FLOW: Flow = { nodes: [node("n", "phone_number", 1), node("m", "ivr_menu", 7), node("old", "extension", 9)], edges: [{ from: "n", to: "m", when: "always", keys: null, says: "" }, { from: "m", to: "old", when: "keys", keys: "1", says: "" }], truncated: false };
const WHOLE: Flow = { nodes: [...FLOW.nodes, node("g", "ring_group", 3), node("v", "voicemail", 2)], edges: [...FLOW.edges, { from: "g", to: "v", when: "no_answer", keys: null, says: "" }], truncated: false };

test("the drawing shows at once what a draft comes to, with what follows from it", () => {
  const flow = drafted(FLOW, WHOLE, "m", DRAFT, () => "");
  const menu = boxesOf(flow).find(({ id }) => id === "m");
  expect(menu?.exits.map(({ id }) => id)).toEqual(["keys 1", "keys 2", "no_choice"]);
  expect(menu?.exits[0]?.to).toBe("g");
  expect(flow.edges).toContainEqual({ from: "g", to: "v", when: "no_answer", keys: null, says: "" });
  // What nothing leads to any more can still be led to.
  expect(flow.nodes.some(({ id }) => id === "old")).toBe(true);
  expect(destinationAt(node("n", "phone_number", 1), "no_choice")).toBeUndefined();
});

test("calls end where nothing is chosen, and by no key", () => {
  const end = node("end", "hangup", null);
  expect(destinationAt(end, "no_choice")).toMatchObject({ type: "hangup" });
  expect(destinationAt(end, "keys 1")).toBeUndefined();
});

test("a key that leads nowhere yet has no line, not even to a box without a record", () => {
  const gone = { ...FLOW, nodes: [...FLOW.nodes, node("gone", "extension", null)] };
  const flow = drafted(gone, WHOLE, "m", added(DRAFT), () => "");
  const exits = boxesOf(flow).find(({ id }) => id === "m")?.exits;
  expect(exits?.map(({ id }) => id)).toEqual(["keys 1", "keys 2", "keys 3", "no_choice"]);
  expect(flow.nodes.some(({ id }) => id === exits?.[2]?.to)).toBe(false);
});

test("two drafts are compared and joined key by key", () => {
  expect(ofKeys(byKey(DRAFT))).toEqual(DRAFT);
  expect(ofKeys({ ...byKey(DRAFT), "key 1": null }).keys.map(({ keys }) => keys)).toEqual(["2"]);
});
