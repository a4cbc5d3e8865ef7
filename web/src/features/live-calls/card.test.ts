// What a leg says of itself, and in which column a call stands.

import { expect, test } from "vitest";
import type { LiveCall, LiveLeg } from "@/views/live/board";
import { legState } from "./card";
import { inColumn } from "./columns";

const leg = (target: string, status = "ringing"): LiveLeg => ({ target, status, extension_id: null, ended_at: null });
const call = (over: Partial<LiveCall>): LiveCall => ({
  id: 1, version: 1, call_id: "CA", direction: "inbound", from_number: null, from_name: null, to_number: null, number: null, did_id: null, status: "ringing", end_reason: null,
  initiated_at: "2026-03-02T09:00:00Z", answered_at: null, ended_at: null, answered_by: null, extension_id: null, from_extension_id: null, duration: null, legs: [], ...over,
});

test("the one telephone that rang has answered; of several, nobody is said to have", () => {
  expect(legState(call({ status: "answered", legs: [leg("1001")] }), leg("1001"))).toBe("answered");
  const two = call({ status: "answered", legs: [leg("1001"), leg("1002")] });
  expect(legState(two, leg("1001"))).toBe("rang");
  expect(legState({ ...two, answered_by: "1001" }, leg("1001"))).toBe("answered");
  expect(legState({ ...two, answered_by: "1001" }, leg("1002"))).toBe("canceled");
  expect(legState(call({ legs: [leg("1001")] }), leg("1001"))).toBe("ringing");
});

test("who waits longest stands first, the newest conversation too", () => {
  const early = call({ id: 1, initiated_at: "2026-03-02T09:00:00Z" });
  const late = call({ id: 2, initiated_at: "2026-03-02T09:00:09Z", direction: "outbound" });
  const ids = (calls: LiveCall[], column: "ringing" | "answered", direction?: string) => inColumn(calls, column, direction).map(({ id }) => id);
  expect(ids([late, early], "ringing")).toEqual([1, 2]);
  expect(ids([early, late].map((one) => ({ ...one, status: "answered" })), "answered")).toEqual([2, 1]);
  expect(ids([early, late], "ringing", "outbound")).toEqual([2]);
  expect(ids([{ ...early, status: "initiated" }], "answered")).toEqual([]);
});
