// A picker of records that is opened again.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import type { Resource } from "@/api/resources";
import { client } from "@/api/session";
import { RecordSelect } from "./record";

const resource: Resource<{ id: number; name: string }> = { path: "groups", model: "test.group", title: ({ name }) => name };
const GROUPS = [{ id: 1, name: "Sales" }, { id: 2, name: "Support" }];

function Picker() {
  const [value, setValue] = useState<number | null>(null);
  return <RecordSelect resource={resource} value={value} onValue={setValue} label="Group" />;
}

function show(found = (search: string | undefined) => GROUPS.filter(({ name }) => !search || name.includes(search))) {
  vi.spyOn(client, "request").mockImplementation((async (_method: string, path: string, { params: { query } }: { params: { query?: { search?: string } } }) =>
    path === "/api/v1/groups" ? { data: { data: found(query?.search) }, response: new Response() } : new Promise(() => {})) as never);
  render(<QueryClientProvider client={new QueryClient()}><Picker /></QueryClientProvider>);
  return userEvent.setup();
}

test.each([["left", "{Escape}"], ["something was chosen", "{Enter}"]])("what was typed narrows no longer once it was closed: %s", async (_, key) => {
  const user = show();
  await user.click(screen.getByRole("combobox", { name: "Group" }));
  await user.type(screen.getByPlaceholderText("Search"), "Sup");
  await vi.waitFor(() => expect(screen.queryByRole("option", { name: /Sales/ })).toBeNull());
  await user.keyboard(key);
  await user.click(screen.getByRole("combobox", { name: "Group" }));
  expect(screen.getByPlaceholderText("Search")).toHaveValue("");
  expect(await screen.findByRole("option", { name: /Sales/ })).toBeVisible();
});

test("what was found by typing keeps its name, though it is not offered without", async () => {
  const user = show((search) => (search ? [{ id: 90, name: "Zebra" }] : GROUPS));
  await user.click(screen.getByRole("combobox", { name: "Group" }));
  await user.type(screen.getByPlaceholderText("Search"), "Zeb");
  await user.click(await screen.findByRole("option", { name: /Zebra/ }));
  await user.click(screen.getByRole("combobox", { name: "Group" }));
  await screen.findByRole("option", { name: /Sales/ });
  expect(screen.getByRole("combobox", { name: "Group" })).toHaveTextContent("Zebra");
});
