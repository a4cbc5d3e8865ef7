// What two people are asked to choose between, as a person reads it.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { speak } from "@/words";
import { Conflict } from "./conflict";
import { storedDestination, Value } from "./value";

const NAMES: Record<string, string> = { members: "Members", exceptions: "Exceptions", date: "Day", name: "Name", ranges: "Times", type: "Kind" };
const words = { fieldName: (name: string) => NAMES[name] ?? name, fieldWord: (name: string, word: string) => (name === "strategy" ? `(${word})` : undefined) };

let queries: QueryClient;
beforeEach(() => {
  queries = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  queries.setQueryData(["me"], { id: 1, timezone: "Europe/Paris" });
  queries.setQueryData(["pbx.extension", "record", "extensions", 12], { view: { id: 12, extension_number: "1001", name: "Ann" }, version: "1" });
  queries.setQueryData(["pbx.extension", "record", "extensions", 13], { view: { id: 13, extension_number: "1002", name: "Ben" }, version: "1" });
  queries.setQueryData(["pbx.ring_group", "record", "ring-groups", 4], { view: { id: 4, name: "Sales" }, version: "1" });
  queries.setQueryData(["pbx.prompt", "record", "prompts", 5], { view: { id: 5, name: "Welcome" }, version: "1" });
});
afterEach(() => speak("en"));

function read(name: string, value: unknown): string {
  const { container, unmount } = render(<QueryClientProvider client={queries}><Value name={name} value={value} words={words} /></QueryClientProvider>);
  const text = container.textContent ?? "";
  unmount();
  return text;
}

test("records and destinations have their names, in a form and in its history", () => {
  expect(read("members", [{ extension_id: 12 }, { extension_id: 13 }])).toBe("1001 Ann1002 Ben");
  expect(read("fallback", { type: "ring_group", id: 4, to: null })).toBe("Ring group Sales");
  expect(read("fallback", "ring_group:4")).toBe("Ring group Sales");
  expect(read("fallback", { type: "hangup", id: null, to: null })).toBe("Hang up");
  expect(read("fallback", { type: "forward", id: null, to: "+12125550100" })).toBe("Number outside +1 212 555 0100");
  expect(read("recording_announcement_id", 5)).toBe("Welcome");
  expect(read("timeout", 5)).toBe("5");
});

test("times are those of clocks and calendars", () => {
  const day = { start: 540, end: 1020 };
  expect(read("week", [[day], [day, { start: 1080, end: 1200 }], [], [], [], [], []])).toBe("Mon 09:00–17:00Tue 09:00–17:00, 18:00–20:00");
  expect(read("week", [[], [], [], [], [], [], []])).toBe("–");
  expect(read("exceptions", [{ date: "2026-12-25", name: "Christmas", ranges: [day] }])).toBe("Day Dec 25, 2026 · Name Christmas · Times 09:00–17:00");
  expect(read("expires_at", "2026-12-25T08:30:00Z")).toMatch(/^Dec 25, 2026, 9:30/);
});

test("fixed words are those of the form, and yes and no are said", () => {
  expect(read("strategy", "round_robin")).toBe("(round_robin)");
  expect(read("status", "inactive")).toBe("Inactive");
  expect(read("recording", "inherit")).toBe("As the company says");
  expect(read("direct_dial", true)).toBe("Yes");
  expect(read("description", "Sales: 12")).toBe("Sales: 12");
  expect(read("description", "")).toBe("–");
});

test("a conflict is chosen in one's own language", async () => {
  await speak("fr");
  render(
    <QueryClientProvider client={queries}>
      <Conflict differences={[{ name: "fallback", mine: { type: "ring_group", id: 4, to: null }, theirs: { type: "hangup", id: null, to: null }, contested: true }]} settle={() => {}} cancel={() => {}} {...words} />
    </QueryClientProvider>,
  );
  const row = within(screen.getByRole("listitem"));
  expect(row.getByText(/Sales/)).toHaveTextContent(/^Groupe.* Sales$/);
  expect(row.getByText("Raccrocher")).toBeVisible();
});

test("the history's destinations are read, and nothing else is taken for one", () => {
  expect(storedDestination("menu:4")).toEqual({ type: "ivr_menu", id: 4, to: null });
  expect(storedDestination("forward:+442079460018")).toEqual({ type: "forward", id: null, to: "+442079460018" });
  for (const text of ["forward: all", "sales:4", "menu:", "hangups", "extension:12 or so"]) expect(storedDestination(text)).toBeUndefined();
});
