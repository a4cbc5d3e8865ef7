// Whether a test can be sent as a link, and a check means what it says.

import { expect, test } from "vitest";
import type { CallCheck } from "@/api/catalogue";
import { type Asked, askedOf, momentBody, nextDay, readAsked, toWanted, weekdayOf, writeAsked } from "./call";
import { EMPTY, schema, toBody, toValues, wallOf } from "./check-values";
import { drawingOf, passedAt, ringingAt } from "./way";

const ASKED: Asked = { from: "+442079460018", to: "+12125550100", direction: "inbound", at: "2026-11-23T10:05", zone: "Europe/Paris", keys: ["1", "", "12#"], answers: { "1002": "yes", "1003": "busy" }, message: null };

test("a link says the whole call", () => {
  const query = new URLSearchParams(Object.entries(writeAsked(ASKED)).filter(([, value]) => value !== undefined) as [string, string][]).toString();
  expect(readAsked(Object.fromEntries(new URLSearchParams(query)))).toEqual(ASKED);
});

test("a question at which nothing is pressed is one, too", () => {
  expect(writeAsked({ ...ASKED, keys: [""] })["keys"]).toBe("-");
  expect(readAsked({ keys: "-,2" }).keys).toEqual(["", "2"]);
});

test("what is as usual is not in the link, and nonsense is left aside", () => {
  const usual = readAsked({ to: " 12125550100", at: "tomorrow", direction: "sideways", answers: "1001:perhaps,1002:yes", message: "-4", keys: "1,abc" });
  expect(usual).toEqual({ from: "", to: "+12125550100", direction: undefined, at: undefined, zone: undefined, keys: ["1"], answers: { "1002": "yes" }, message: 10 });
  expect(Object.entries(writeAsked({ ...usual, keys: [], answers: {} })).filter(([, value]) => value !== undefined)).toEqual([["to", "+12125550100"]]);
});

test("a time is of the zone that it was said in", () => {
  expect(toWanted(ASKED, "America/New_York").at).toBe("2026-11-23T09:05:00.000Z");
  expect(toWanted({ ...ASKED, zone: undefined }, "America/New_York").at).toBe("2026-11-23T15:05:00.000Z");
  expect(toWanted({ ...ASKED, at: undefined }, "UTC")).not.toHaveProperty("at");
});

const CHECK = {
  id: 1, organization_id: 1, name: "Morning", from: "", to: "1001", direction: null, at: null, weekly: { weekday: "monday", time: "10:05", time_zone: null }, keys: ["1"], answers: { "1002": "yes" }, message: 10,
  expected: null, outcome: "passed", ran_at: null, differences: [], found: null, plan_version: null, status: "active", created_at: null, updated_at: null,
} as CallCheck;

test("a check is written as it was read, with one kind of moment", () => {
  const weekly = toBody(toValues(CHECK, "UTC"), "UTC");
  expect(weekly).toMatchObject({ name: "Morning", to: "1001", keys: ["1"], answers: { "1002": "yes" }, weekly: { weekday: "monday", time: "10:05", time_zone: null } });
  expect(weekly).not.toHaveProperty("at");
  const once = toValues({ ...CHECK, weekly: null, at: "2026-12-27 22:00" }, "America/New_York");
  expect(once.moment).toMatchObject({ kind: "once", at: "2026-12-27T22:00" });
  expect(toBody(once, "America/New_York")).toMatchObject({ at: "2026-12-28T03:00:00.000Z" });
  expect(wallOf("2026-12-28T03:00:00Z", "America/New_York")).toBe("2026-12-27T22:00");
  expect(momentBody({ kind: "run" })).toEqual({ at: null, weekly: null });
  expect(askedOf(CHECK, String, (day) => nextDay(day, "2026-11-22"))).toMatchObject({ at: "2026-11-23T10:05", to: "1001" });
});

test("what a check lacks is said at its field", () => {
  const problems = (change: object) => schema.safeParse({ ...EMPTY, name: "A", to: "1", ...change }).error?.issues.map(({ path }) => path.join("."));
  expect(problems({})).toBeUndefined();
  expect(problems({ name: " ", to: "" })).toEqual(["name", "to"]);
  expect(problems({ moment: { ...EMPTY.moment, kind: "once" } })).toEqual(["moment.at"]);
  expect(problems({ keys: ["1a"], message: 0 })).toEqual(["keys.0", "message"]);
});

test("weekdays are those of the calendar", () => {
  expect(weekdayOf("2026-11-22T10:00")).toBe("sunday");
  expect([nextDay("sunday", "2026-11-22"), nextDay("monday", "2026-11-22")]).toEqual(["2026-11-29", "2026-11-23"]);
});

const stop = (node: string, kind = "ring_group", id: number | null = 1) => ({ node, kind, id, label: node });
const said = (node: string | null, ...records: ReturnType<typeof stop>[]) => ({ after: 0, text: "", node, records });

test("each sentence says how far the call has come", () => {
  const way = [stop("n"), stop("g"), stop("h"), stop("g"), stop("end")];
  expect(passedAt([said(null), said("n"), said("g"), said("g"), said("h"), said("g"), said("g")], way)).toEqual([0, 1, 2, 2, 3, 4, 5]);
});

test("telephones ring where they are rung, not where a group is told of", () => {
  const phone = stop("extension:4", "extension", 4);
  expect(ringingAt(said("g", phone))).toEqual([4]);
  expect(ringingAt(said("g", stop("g"), phone))).toEqual([]);
  expect(ringingAt(said("extension:4", phone))).toEqual([]);
});

test("a way that no drawing shows is drawn as it was", () => {
  const flow = drawingOf(undefined, [stop("a"), stop("b"), stop("a"), stop("c")]);
  expect(flow.nodes.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  expect(flow.edges.map(({ from, to }) => [from, to])).toEqual([["a", "b"], ["b", "a"]]);
});
