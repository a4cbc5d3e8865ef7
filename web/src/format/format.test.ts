// Times and numbers as they are read.

import { expect, test } from "vitest";
import { phone, stopwatch } from ".";
import { instantOf, offsetName, wallTime } from "./zones";

test("a wall clock and its instant lead to each other", () => {
  expect(instantOf("2026-12-24T18:05", "Europe/Paris").toISOString()).toBe("2026-12-24T17:05:00.000Z");
  expect(instantOf("2026-07-01T08:00", "America/New_York").toISOString()).toBe("2026-07-01T12:00:00.000Z");
  expect(wallTime(new Date("2026-12-24T17:05:00Z"), "Asia/Kolkata")).toBe("2026-12-24T22:35");
});

test("an hour that comes twice is its first, one that is left out moves on", () => {
  expect(instantOf("2026-10-25T02:30", "Europe/Paris").toISOString()).toBe("2026-10-25T00:30:00.000Z");
  expect(instantOf("2026-03-29T02:30", "Europe/Paris").toISOString()).toBe("2026-03-29T01:30:00.000Z");
});

test("offsets are named", () => {
  expect(offsetName(new Date("2026-01-01T00:00:00Z"), "Asia/Kolkata")).toBe("UTC+05:30");
});

test("lengths and telephone numbers are grouped", () => {
  expect([stopwatch(7), stopwatch(754), stopwatch(3723)]).toEqual(["0:07", "12:34", "1:02:03"]);
  expect([phone("+12125550100"), phone("+442079460018"), phone("1001"), phone("anonymous")]).toEqual(["+1 212 555 0100", "+44 207 946 0018", "1001", "anonymous"]);
});
