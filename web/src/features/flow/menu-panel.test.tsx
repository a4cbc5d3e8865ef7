// The keys of a menu beside its drawing.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import type { IvrMenu } from "@/api/catalogue";
import { HANGUP } from "@/fields/destination";
import { words } from "@/words";
import { type Draft, problemsOf } from "./draft";
import { MenuPanel } from "./menu-panel";
import type { MenuDraft } from "./use-menu-draft";

// Nobody answers what the lists of a kind ask for.
vi.mock("@/api/session", async (original) => ({ ...(await original<object>()), client: { request: () => new Promise(() => {}) } }));

const OUTSIDE = { type: "forward", id: null, to: "+442079460018" } as const;

function Panel({ keys }: { keys: Draft["keys"] }) {
  const [draft, change] = useState<Draft>({ keys, failover: HANGUP });
  const menu = { id: 7, name: "Main", status: "active" } as IvrMenu;
  const state = { menu, draft, change, changed: true, problems: problemsOf(draft, 7) } as MenuDraft;
  return <QueryClientProvider client={new QueryClient()}><MenuPanel state={state} onClose={() => {}} /></QueryClientProvider>;
}

const kindOf = (name: string) => within(screen.getByRole("group", { name })).getByRole<HTMLSelectElement>("combobox", { name: /kind/ });
const offeredBy = (name: string) => within(kindOf(name)).getAllByRole("option").map((option) => option.textContent);

beforeEach(() => words.loadNamespaces("flow"));

test("calls may end where nothing is chosen, and by no key", () => {
  render(<Panel keys={[{ keys: "1", to: OUTSIDE, description: null }]} />);
  expect(offeredBy("When nothing is chosen")).toContain("Hang up");
  expect(offeredBy("Key 1")).not.toContain("Hang up");
});

test("a new key asks where it leads before anything can be saved", async () => {
  render(<Panel keys={[{ keys: "1", to: OUTSIDE, description: null }]} />);
  expect(screen.getByRole("button", { name: "Save" })).toBeEnabled();
  await userEvent.click(screen.getByRole("button", { name: "Add a key" }));
  expect(kindOf("Key 2")).toHaveValue("extension");
  expect(within(screen.getByRole("group", { name: "Key 2" })).getByRole("alert")).toHaveTextContent("Choose one.");
  expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
});

test("a key that ends calls says so until it is led somewhere", async () => {
  render(<Panel keys={[{ keys: "1", to: HANGUP, description: null }]} />);
  const group = within(screen.getByRole("group", { name: "Key 1" }));
  expect(kindOf("Key 1").selectedOptions[0]).toHaveTextContent("Hang up");
  expect(group.getByRole("alert")).toHaveTextContent("A key leads somewhere.");
  await userEvent.selectOptions(kindOf("Key 1"), "Number outside");
  expect(offeredBy("Key 1")).not.toContain("Hang up");
});
