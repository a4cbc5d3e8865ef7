// What the list of calls asks for, at the filters of its address.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";
import { client } from "@/api/session";
import { words } from "@/words";
import { CallHistoryPage } from "./page";

const address = vi.hoisted(() => ({ query: {} }));
vi.mock("@tanstack/react-router", () => ({ Link: ({ children }: { children: ReactNode }) => children, useSearch: () => address.query, useNavigate: () => vi.fn() }));
vi.mock("@/api/live", async (original) => ({ ...(await original<object>()), useCallsRefresh: () => {} }));

async function asked(query: Record<string, string>) {
  Object.assign(address, { query });
  await words.loadNamespaces("call-history");
  const requests = vi.spyOn(client, "request").mockReset().mockImplementation((async () => ({ data: { data: [], meta: { total: 0, current_page: 1, last_page: 1 } }, response: new Response() })) as never);
  const queries = new QueryClient();
  queries.setQueryData(["me"], { id: 1, role: "owner", timezone: "America/New_York", organization: { timezone: "Europe/Paris" } });
  render(<QueryClientProvider client={queries}><CallHistoryPage /></QueryClientProvider>);
  await screen.findByText("Nothing fits these filters");
  const [, , options] = requests.mock.calls.find(([, path]) => String(path) === "/api/v1/call-logs") as unknown as [string, string, { params: { query: object } }];
  return { query: options.params.query, exported: new URL((screen.getByRole("link", { name: "Export as CSV" }) as HTMLAnchorElement).href).searchParams };
}

test("days are those by whose clock calls are shown, in the export, too", async () => {
  const { query, exported } = await asked({ from_date: "2026-03-08", to_date: "2026-03-08" });
  const day = { from_date: "2026-03-08T05:00:00.000Z", to_date: "2026-03-09T03:59:59.999Z" };
  expect(query).toMatchObject(day);
  expect(Object.fromEntries(exported)).toMatchObject(day);
});

test("a group is asked for by its whole name", async () => {
  const { query, exported } = await asked({ ring_group: "Sales, Lyon", status: "busy,failed" });
  expect(query).toMatchObject({ ring_group: "Sales, Lyon", status: "busy,failed" });
  expect([exported.get("ring_group"), exported.has("page")]).toEqual(["Sales, Lyon", false]);
});
