// Each figure leads to the calls that it counts.

import { expect, test } from "vitest";
import { behind, behindSlot, isDays, pointsOf } from "./figures";

const ZONE = "America/New_York";
const newYork = { from: "2026-11-22T05:00:00Z", to: "2026-11-23T05:00:00Z" };
const hours = { ...newYork, calls_by_hour: [5, 6].map((hour) => ({ from: `2026-11-22T0${hour}:00:00Z`, total: 4, answered: 3 })) };
const days = { from: "2026-11-21T05:00:00Z", to: "2026-11-23T05:00:00Z", calls_by_hour: ["21", "22"].map((day) => ({ from: `2026-11-${day}T05:00:00Z`, total: 0, answered: 0 })) };

test("whole days of the viewer's zone are named by their dates", () => {
  expect(behind(newYork, ZONE)).toEqual({ from_date: "2026-11-22", to_date: "2026-11-22" });
  expect(behind(days, ZONE, "missed", { number: "+12125550100" })).toEqual({ from_date: "2026-11-21", to_date: "2026-11-22", status: "no_answer,busy,canceled,failed", number: "+12125550100" });
});

test("days of another zone's are named by their instants, so that the list counts the same calls", () => {
  expect(behind(newYork, "Europe/Paris")).toEqual({ from_date: "2026-11-22T05:00:00Z", to_date: "2026-11-23T04:59:59.999Z" });
  expect(behindSlot(days, "Europe/Paris", 1)).toEqual({ from_date: "2026-11-22T05:00:00Z", to_date: "2026-11-23T04:59:59.999Z" });
});

test("an hour is named by its instants, the last one too", () => {
  expect(behindSlot(hours, ZONE, 0, "answered")).toEqual({ from_date: "2026-11-22T05:00:00Z", to_date: "2026-11-22T05:59:59.999Z", status: "answered,completed" });
  expect(behindSlot({ ...hours, calls_by_hour: hours.calls_by_hour.slice(1) }, ZONE, 0)).toEqual({ from_date: "2026-11-22T06:00:00Z", to_date: "2026-11-23T04:59:59.999Z" });
  expect(behindSlot(hours, ZONE, 2)).toBeUndefined();
});

test("a day among several is named by its date", () => {
  expect(isDays(days.calls_by_hour)).toBe(true);
  expect(isDays(hours.calls_by_hour)).toBe(false);
  expect(behindSlot(days, ZONE, 1)).toEqual({ from_date: "2026-11-22", to_date: "2026-11-22" });
});

test("no calls have no rate of answer", () => {
  expect(pointsOf([{ from: "x", total: 0, answered: 0 }, { from: "y", total: 4, answered: 3 }]).map(({ missed, rate }) => [missed, rate])).toEqual([[0, null], [1, 0.75]]);
});
