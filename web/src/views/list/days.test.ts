// Days of a filter as the API is asked for them.

import { expect, test } from "vitest";
import { asInstants } from "./days";

const DAY = { from_date: "2026-03-29", to_date: "2026-03-29", status: "busy" };

test("days are those of the zone, the last one whole, on a day of 23 hours as well", () => {
  expect(asInstants(DAY, "Europe/Paris", "beyond")).toEqual({ status: "busy", from_date: "2026-03-28T23:00:00.000Z", to_date: "2026-03-29T22:00:00.000Z" });
  expect(asInstants(DAY, "America/New_York", "within")).toEqual({ status: "busy", from_date: "2026-03-29T04:00:00.000Z", to_date: "2026-03-30T03:59:59.999Z" });
});

test("what is no day is asked as it stands, and nothing where nothing is chosen", () => {
  expect(asInstants({ from_date: "2026-03-29T08:00:00Z", to_date: "soon" }, "Europe/Paris", "within")).toEqual({ from_date: "2026-03-29T08:00:00Z", to_date: "soon" });
  expect(asInstants({ page: 2 }, "UTC", "within")).toEqual({ page: 2 });
});
