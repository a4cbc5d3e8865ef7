// Times of a schedule for somebody whose clock shows others.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Schedule } from "@/api/catalogue";
import { OverrideSwitch } from "./override";
import { NextChange } from "./state";
import { WEEKDAYS } from "./times";

const daily = { enabled: true, time_ranges: [{ start_time: "09:00", end_time: "17:00" }] };
const paris = {
  id: 4, name: "Office", status: "active", timezone: "Europe/Paris", schedule: Object.fromEntries(WEEKDAYS.map((day) => [day, daily])), exceptions: [], override: "none", override_until: null,
} as unknown as Schedule;

// Nine in the morning in New York, three in the afternoon in Paris.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-23T14:00:00Z") }));
afterEach(() => void vi.useRealTimers());

function show(zone: string, schedule: Schedule = paris) {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  queries.setQueryData(["me"], { id: 1, timezone: zone, organization: { timezone: "Europe/Paris" } });
  render(<QueryClientProvider client={queries}><NextChange schedule={schedule} /><OverrideSwitch schedule={schedule} /></QueryClientProvider>);
  return userEvent.setup();
}

test("another zone's time is told with the zone, and one's own time in brackets", () => {
  show("America/New_York");
  expect(screen.getByText("Closes 5:00 PM Europe/Paris (11:00 AM for you)")).toBeVisible();
});

test("a time that both clocks show alike is told alone", () => {
  show("Europe/Berlin");
  expect(screen.getByText("Closes 5:00 PM")).toBeVisible();
});

test("how long a word by hand holds is told by both clocks", () => {
  show("America/New_York", { ...paris, override: "open", override_until: "2026-11-23T20:30:00Z" } as Schedule);
  expect(screen.getByText("Held open by hand until 9:30 PM Europe/Paris (3:30 PM for you).")).toBeVisible();
});

test("a time that is written says by which clock, and what one's own shows then", async () => {
  const user = show("America/New_York");
  await user.click(screen.getByRole("radio", { name: "Closed" }));
  expect(screen.getByRole("option", { name: "Until midnight: Tue 12:00 AM Europe/Paris (6:00 PM for you)" })).toBeInTheDocument();
  await user.selectOptions(screen.getByLabelText("Keep closed"), "other");
  const input = screen.getByLabelText("Until another time…");
  expect(input).toHaveAccessibleDescription("By the clock of Europe/Paris");
  fireEvent.change(input, { target: { value: "2026-11-23T22:15" } });
  expect(input).toHaveAccessibleDescription("10:15 PM Europe/Paris (4:15 PM for you)");
});
