// The time axis of a call, values of the configuration in words, and the call that is tried again.

import { expect, test } from "vitest";
import { sameCall } from "./again";
import { spanOf, ticksOf } from "./axis";
import { saidOf } from "./readable";

test("an axis has few and round marks", () => {
  expect(ticksOf(22)).toEqual([0, 5, 10, 15, 20]);
  expect(ticksOf(3_700)).toEqual([0, 900, 1_800, 2_700, 3_600]);
  expect(ticksOf(0.4)).toEqual([0]);
  for (const whole of [1, 7, 61, 599, 7_000, 50_000, 400_000]) expect(ticksOf(whole).length).toBeLessThanOrEqual(7);
});

test("a bar is the part of the call between its instants, and never reaches out of it", () => {
  const [begin, end] = [Date.parse("2026-03-02T09:00:00Z"), Date.parse("2026-03-02T09:00:20Z")];
  expect(spanOf("2026-03-02T09:00:05Z", "2026-03-02T09:00:10Z", begin, end)).toEqual({ from: 0.25, to: 0.5 });
  expect(spanOf("2026-03-02T08:59:00Z", null, begin, end)).toEqual({ from: 0, to: 1 });
  expect(spanOf("2026-03-02T09:00:10Z", "2026-03-02T09:00:05Z", begin, end)).toEqual({ from: 0.5, to: 0.5 });
  expect(spanOf(null, null, begin, end)).toBeUndefined();
});

test("a destination is its name, and what is not set is nothing", () => {
  expect(saidOf({ says: "hang up", node: "hangup" })).toEqual({ kind: "text", text: "hang up" });
  expect(saidOf([])).toEqual({ kind: "nothing" });
  expect(saidOf({ busy: null, always: { says: "extension 1001", node: "extension:4" } })).toEqual({ kind: "list", items: [{ name: "always", text: "extension 1001" }] });
  expect(saidOf(false)).toEqual({ kind: "truth", is: false });
  expect(saidOf(["09:00–17:00"])).toEqual({ kind: "list", items: [{ text: "09:00–17:00" }] });
});

test("the same call is asked with its hour, its keys, and who answered", () => {
  const moment = (kind: string, detail: string[]) => ({ sequence: 1, at: "2026-11-20T19:10:00Z", kind, detail });
  const leg = (target: string, status: string) => ({ sequence: 1, target, target_name: null, status, started_at: null, answered_at: null, ended_at: null });
  const call = {
    from_number: "+442079460018", to_number: "+12125550100", direction: "inbound" as const, initiated_at: "2026-11-20T19:10:19Z",
    timeline: [moment("asked", ["2"]), moment("keys_pressed", ["3"]), moment("keys_pressed", ["2468"])], legs: [leg("1001", "no_answer"), leg("1002", "answered")],
  };
  expect(sameCall(call, "America/New_York")).toEqual({ from: "+442079460018", to: "+12125550100", direction: "inbound", at: "2026-11-20T14:10", zone: "America/New_York", keys: "3,2468", answers: "1002:yes" });
});
