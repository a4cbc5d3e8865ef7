// Open or closed, and the next change, as calls meet it.

import { expect, test } from "vitest";
import { nextChange, type Rules, verdictAt } from "./status";
import { untilOf } from "./override";

const ZONE = "Europe/Paris";
const day = { start: 9 * 60, end: 17 * 60 };
const office: Rules = {
  active: true,
  week: [[day], [day], [day], [day], [{ start: 22 * 60, end: 26 * 60 }], [], []],
  exceptions: [
    { date: "2026-12-24", name: "Christmas Eve", ranges: [{ start: 9 * 60, end: 12 * 60 }] },
    { date: "2026-12-25", name: "Christmas Day", ranges: [] },
    { date: "2026-12-05", name: "Move", ranges: [] },
  ],
  manual: null,
};
const at = (wall: string) => new Date(`${wall}+01:00`);
const told = (change: ReturnType<typeof nextChange>) => change && [change.at.toISOString(), change.open];

test("a weekday is open from its start to right before its end", () => {
  expect(verdictAt(office, ZONE, at("2026-11-23T09:00:00"))).toEqual({ open: true, why: "week" });
  expect(verdictAt(office, ZONE, at("2026-11-23T16:59:59")).open).toBe(true);
  expect(verdictAt(office, ZONE, at("2026-11-23T17:00:00")).open).toBe(false);
  expect(told(nextChange(office, ZONE, at("2026-11-23T10:00:00")))).toEqual(["2026-11-23T16:00:00.000Z", false]);
});

test("a night shift reaches into the next day, but not into an exception's", () => {
  expect(verdictAt(office, ZONE, at("2026-11-28T01:00:00"))).toEqual({ open: true, why: "week" });
  expect(told(nextChange(office, ZONE, at("2026-11-27T23:00:00")))).toEqual(["2026-11-28T01:00:00.000Z", false]);
  expect(verdictAt(office, ZONE, at("2026-12-05T01:00:00"))).toEqual({ open: false, why: "exception", name: "Move" });
  expect(told(nextChange(office, ZONE, at("2026-12-04T23:00:00")))).toEqual(["2026-12-04T23:00:00.000Z", false]);
});

test("an exception rules its day, and the next change is looked for behind it", () => {
  expect(verdictAt(office, ZONE, at("2026-12-24T11:00:00"))).toEqual({ open: true, why: "exception", name: "Christmas Eve" });
  // Friday's night is closed by Christmas Day, the week goes on with Monday.
  expect(told(nextChange(office, ZONE, at("2026-12-24T13:00:00")))).toEqual(["2026-12-28T08:00:00.000Z", true]);
});

test("somebody's word wins until it is over, and then the schedule counts again", () => {
  const forced: Rules = { ...office, manual: { open: false, until: at("2026-11-23T12:00:00") } };
  expect(verdictAt(forced, ZONE, at("2026-11-23T10:00:00"))).toEqual({ open: false, why: "manual" });
  expect(told(nextChange(forced, ZONE, at("2026-11-23T10:00:00")))).toEqual(["2026-11-23T11:00:00.000Z", true]);
  expect(verdictAt(forced, ZONE, at("2026-11-23T12:00:00"))).toEqual({ open: true, why: "week" });
  const ends_at_night: Rules = { ...office, manual: { open: false, until: at("2026-11-23T20:00:00") } };
  expect(told(nextChange(ends_at_night, ZONE, at("2026-11-23T10:00:00")))).toEqual(["2026-11-24T08:00:00.000Z", true]);
  expect(nextChange({ ...office, manual: { open: true, until: null } }, ZONE, at("2026-11-23T10:00:00"))).toBeUndefined();
});

test("what never changes has no next change, and an inactive schedule is closed", () => {
  const always: Rules = { ...office, week: Array(7).fill([{ start: 0, end: 1440 }]), exceptions: [] };
  expect(verdictAt(always, ZONE, at("2026-11-23T00:00:00")).open).toBe(true);
  expect(nextChange(always, ZONE, at("2026-11-23T10:00:00"))).toBeUndefined();
  expect(verdictAt({ ...always, active: false }, ZONE, at("2026-11-23T10:00:00"))).toEqual({ open: false, why: "inactive" });
  expect(nextChange({ ...office, active: false }, ZONE, at("2026-11-23T10:00:00"))).toBeUndefined();
});

test("times are those of the schedule's own wall, in summer and in winter", () => {
  expect(verdictAt(office, "America/New_York", at("2026-11-23T15:30:00")).open).toBe(true);
  expect(told(nextChange(office, ZONE, new Date("2026-07-06T05:00:00Z")))).toEqual(["2026-07-06T07:00:00.000Z", true]);
});

test("an end of a word by hand is an instant of the schedule's zone, and none that is over", () => {
  const now = at("2026-11-23T15:30:00");
  expect(untilOf("never", "", ZONE, now, undefined)).toBeNull();
  expect(untilOf("hour", "", ZONE, now, undefined)).toEqual(at("2026-11-23T16:30:00"));
  expect(untilOf("today", "", ZONE, now, undefined)).toEqual(at("2026-11-24T00:00:00"));
  expect(untilOf("other", "2026-11-23T18:00", ZONE, now, undefined)).toEqual(at("2026-11-23T18:00:00"));
  expect(untilOf("other", "2026-11-23T15:00", ZONE, now, undefined)).toBeUndefined();
  expect(untilOf("other", "", ZONE, now, undefined)).toBeUndefined();
});
