// The filters above a list.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { ME, type Me } from "@/api/session";
import type { Filter } from "./columns";
import { FilterBar } from "./filters";
import { type Change, readState } from "./state";

const FILTERS: Filter[] = [
  { name: "status", label: "State", kind: "choice", options: [{ value: "active", label: "Active" }, { value: "inactive", label: "Inactive" }] },
  { name: "direction", label: "Direction", kind: "choice", several: true, options: [{ value: "inbound", label: "Inbound" }, { value: "outbound", label: "Outbound" }] },
  { name: "group", label: "Group", kind: "choice", options: [{ value: "Sales, Lyon", label: "Sales in Lyon" }, { value: "Support", label: "Support team" }] },
  { name: "from_date", until: "to_date", label: "Days", kind: "days" },
];

let changes: Change[];
beforeEach(() => {
  changes = [];
});

function show(query: Record<string, string> = {}) {
  const queries = new QueryClient();
  queries.setQueryData(ME.queryKey, { timezone: "America/New_York" } as Me);
  render(
    <QueryClientProvider client={queries}>
      <FilterBar state={readState(query, { sort: "name" })} change={(change) => changes.push(change)} filters={FILTERS} searchLabel="Search names" />
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

test("what is typed is asked for once the hand rests, and not letter by letter", async () => {
  const user = show();
  await user.type(screen.getByLabelText("Search names"), "sales ");
  await vi.waitFor(() => expect(changes).toEqual([{ search: "sales" }]));
});

test("of single choices the last counts, of several all do", async () => {
  const user = show({ status: "active", direction: "inbound" });
  await user.click(screen.getByRole("button", { name: /State.*Active/ }));
  await user.click(screen.getByRole("menuitemcheckbox", { name: "Inactive" }));
  await user.keyboard("{Escape}");
  await user.click(screen.getByRole("button", { name: /Direction.*Inbound/ }));
  await user.click(screen.getByRole("menuitemcheckbox", { name: "Outbound" }));
  expect(changes).toEqual([{ status: "inactive" }, { direction: "inbound,outbound" }]);
});

test("all filters are cleared at once, and there is nothing to clear without any", async () => {
  const user = show({ status: "active", search: "a", from_date: "2026-01-01" });
  await user.click(screen.getByRole("button", { name: "Clear filters" }));
  expect(changes).toEqual([{ search: undefined, status: undefined, from_date: undefined }]);
});

test("without a filter nothing offers to clear one", () => {
  show();
  expect(screen.queryByRole("button", { name: "Clear filters" })).toBeNull();
});

test("days are chosen by their ends, and an end cannot lie before its beginning", async () => {
  const user = show({ from_date: "2026-03-02" });
  await user.click(screen.getByRole("button", { name: /Mar 2, 2026/ }));
  expect(screen.getByLabelText("Until")).toHaveAttribute("min", "2026-03-02");
  await user.click(screen.getByRole("button", { name: "Last 7 days" }));
  expect(Object.keys(changes[0] ?? {})).toEqual(["from_date", "to_date"]);
});

test("today is the day of the viewer's zone, whatever the browser's clock shows", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-03-09T03:30:00Z") });
  const user = show();
  await user.click(screen.getByRole("button", { name: "Days" }));
  await user.click(screen.getByRole("button", { name: "Last 7 days" }));
  vi.useRealTimers();
  expect(changes).toEqual([{ from_date: "2026-03-02", to_date: "2026-03-08" }]);
});

test("an hour of a link stands on its day of the viewer's zone", async () => {
  const user = show({ from_date: "2026-03-09T03:00:00Z", to_date: "2026-03-09T03:59:59.999Z" });
  await user.click(screen.getByRole("button", { name: /Mar 8, 2026/ }));
  expect(screen.getByLabelText("From")).toHaveValue("2026-03-08");
  expect(screen.getByLabelText("Until")).toHaveValue("2026-03-08");
});

test("a choice may have a comma in its name", async () => {
  const user = show({ group: "Sales, Lyon" });
  await user.click(screen.getByRole("button", { name: /Group.*Sales in Lyon/ }));
  expect(screen.getByRole("menuitemcheckbox", { name: "Sales in Lyon" })).toBeChecked();
});
