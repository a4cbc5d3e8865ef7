// A list whose rows go while it is looked at.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Resource } from "@/api/resources";
import { client } from "@/api/session";
import { RecordList } from "./record-list";

interface Row {
  id: number;
  name: string;
}
type Query = Record<string, unknown>;

const address = vi.hoisted(() => ({ query: {} as Query, change: (_: Query) => {} }));
vi.mock("@tanstack/react-router", () => {
  const go = ({ search }: { search: (before: Query) => Query }) => address.change(search(address.query));
  return { Link: ({ to, children }: { to: string; children: ReactNode }) => <a href={to}>{children}</a>, useSearch: () => address.query, useNavigate: () => go };
});

const resource: Resource<Row> = { path: "groups", model: "test.group", title: ({ name }) => name };
const COLUMNS = [{ name: "name", title: "Name", cell: ({ name }: Row) => name }];

let rows: Row[];
let pages: unknown[];
beforeEach(() => {
  pages = [];
  vi.spyOn(client, "request").mockImplementation((async (_method: string, _path: string, { params: { query } }: { params: { query: { page: number; per_page: number } } }) => {
    const { page, per_page } = query;
    pages.push(page);
    const meta = { total: rows.length, current_page: page, last_page: Math.max(1, Math.ceil(rows.length / per_page)) };
    return { data: { data: rows.slice((page - 1) * per_page, page * per_page), meta }, response: new Response() };
  }) as never);
});

function Room({ query: first }: { query: Query }) {
  const [query, setQuery] = useState(first);
  Object.assign(address, { query, change: setQuery });
  return <RecordList resource={resource} title="Groups" columns={COLUMNS} usual={{ sort: "name" }} empty={{ icon: null, title: "No groups yet", more: "Make one." }} />;
}

function show(query: Query) {
  render(<QueryClientProvider client={new QueryClient()}><Room query={query} /></QueryClientProvider>);
}

test("a page beyond the last one gives way to the last one", async () => {
  rows = Array.from({ length: 25 }, (_, at) => ({ id: at + 1, name: `Group ${at + 1}` }));
  show({ page: 2 });
  await screen.findByText("Group 25");
  expect(pages).toEqual([2, 1]);
  expect(screen.queryByText("No groups yet")).toBeNull();
  expect(address.query).toMatchObject({ page: 1 });
});

test("there is nothing yet only where there is nothing at all", async () => {
  rows = [];
  show({ page: 2 });
  await screen.findByText("No groups yet");
  expect(pages).toEqual([2]);
});
