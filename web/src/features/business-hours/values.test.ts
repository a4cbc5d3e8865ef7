// A schedule between the form and the API.

import { expect, test } from "vitest";
import type { Schedule } from "@/api/catalogue";
import { WEEKDAYS } from "@/views/hours/times";
import { daysOf, monthAfter } from "./exceptions/month";
import { actionOf, destinationOf, EMPTY, schema, toBody, toValues } from "./values";

const closed = { enabled: false, time_ranges: [] };
const open = (...pairs: [string, string][]) => ({ enabled: true, time_ranges: pairs.map(([start_time, end_time]) => ({ start_time, end_time })) });
const schedule = {
  id: 1, organization_id: 1, name: "Office", description: null, status: "active", timezone: "Europe/Paris", current_status: "open", override: "none", override_until: null, created_at: null, updated_at: null,
  schedule: { monday: open(["09:00", "12:00"], ["13:00", "17:00"]), tuesday: open(["00:00", "24:00"]), wednesday: closed, thursday: closed, friday: open(["22:00", "02:00"]), saturday: closed, sunday: closed },
  exceptions: [
    { id: 2, date: "2026-12-25", name: "Christmas Day", type: "closed", time_ranges: [] },
    { id: 1, date: "2026-12-24", name: "Christmas Eve", type: "special_hours", time_ranges: [{ start_time: "09:00", end_time: "12:00" }] },
  ],
  open_hours_action: { type: "ivr_menu", target_id: "ivr-3" },
  closed_hours_action: { type: "forward", target_id: "+442079460018" },
} as unknown as Schedule;

test("a schedule goes to the form and back as it was, its exceptions in order", () => {
  const body = toBody(toValues(schedule));
  expect(body.schedule).toEqual(schedule.schedule);
  expect(body.exceptions).toEqual([
    { date: "2026-12-24", name: "Christmas Eve", type: "special_hours", time_ranges: [{ start_time: "09:00", end_time: "12:00" }] },
    { date: "2026-12-25", name: "Christmas Day", type: "closed", time_ranges: [] },
  ]);
  expect(body).toMatchObject({ name: "Office", description: null, timezone: "Europe/Paris", open_hours_action: schedule.open_hours_action, closed_hours_action: schedule.closed_hours_action });
});

test("each kind of destination keeps its prefix", () => {
  const kinds = [["extension", "ext-12"], ["ring_group", "rg-5"], ["ivr_menu", "ivr-3"], ["conference_room", "conf-7"], ["business_hours", "bh-2"], ["assistant", "assistant-4"], ["voicemail", "vm-9"], ["forward", "+12125550100"], ["hangup", null]] as const;
  for (const [type, target_id] of kinds) expect(actionOf(destinationOf({ type, target_id }))).toEqual({ type, target_id });
  expect(destinationOf({ type: "ring_group", target_id: "rg-5" })).toEqual({ type: "ring_group", id: 5, to: null });
  expect(destinationOf({ type: "ai_assistant", target_id: "ai-12" })).toEqual({ type: "extension", id: 12, to: null });
});

test("times that touch are sent as one, and a closed exception never brings times", () => {
  const body = toBody({ ...EMPTY, week: WEEKDAYS.map(() => [{ start: 540, end: 720 }, { start: 720, end: 780 }]), exceptions: [{ date: "2026-12-25", name: "x", type: "closed", ranges: [{ start: 0, end: 60 }] }] });
  expect(body.schedule?.sunday).toEqual(open(["09:00", "13:00"]));
  expect(body.exceptions?.[0]?.time_ranges).toEqual([]);
});

test("what would be refused is said before it is sent", () => {
  const problems = (values: object) => schema.safeParse({ ...EMPTY, name: "Office", ...values }).error?.issues.map(({ path }) => path.join(".")) ?? [];
  expect(problems({})).toEqual([]);
  expect(problems({ name: "x" })).toEqual(["name"]);
  expect(problems({ open: { type: "ring_group", id: null, to: null }, closed: { type: "forward", id: null, to: null } })).toEqual(["open.id", "closed.to"]);
  expect(problems({ exceptions: Array.from({ length: 101 }, (_, at) => ({ date: String(at), name: "x", type: "closed", ranges: [] })) })).toEqual(["exceptions"]);
});

test("a month is shown in whole weeks from Monday", () => {
  const december = daysOf("2026-12");
  expect([december.length, december[0], december.at(-1)]).toEqual([35, "2026-11-30", "2027-01-03"]);
  expect(daysOf("2027-02")).toHaveLength(28);
  expect([monthAfter("2026-12", 1), monthAfter("2026-01", -1)]).toEqual(["2027-01", "2025-12"]);
});
