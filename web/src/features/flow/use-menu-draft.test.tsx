// Saving a menu that was drawn anew.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { words } from "@/words";
import { led } from "./draft";
import { useMenuDraft } from "./use-menu-draft";

const { request } = vi.hoisted(() => ({ request: vi.fn() }));
vi.mock("@/api/session", async (original) => ({ ...(await original<object>()), client: { request } }));

const MENU = {
  id: 7, name: "Main", failover_destination: { type: "hangup", id: null, to: null },
  options: [{ input_digits: "1", description: null, priority: 1, destination: { type: "extension", id: 12, to: null, number: "1002" } }],
};

/** One extension is known; another was deleted meanwhile. */
async function server(method: string, path: string) {
  if (path === "/api/v1/extensions/9") return { error: { message: "There is no such extension." }, response: new Response(null, { status: 404 }) };
  const data = path.startsWith("/api/v1/extensions/") ? { extension: { id: 12, extension_number: "1002" } } : { data: MENU };
  return { data, response: new Response(null, { headers: { etag: method } }) };
}

const written = () => request.mock.calls.filter(([method]) => method === "put").map(([, , { body }]) => body);

async function drawing() {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
  const { result } = renderHook(() => useMenuDraft(7), { wrapper });
  await waitFor(() => expect(result.current.draft).toBeDefined());
  return result;
}

beforeEach(async () => {
  request.mockReset().mockImplementation(server);
  await words.loadNamespaces("flow");
});

test("keys are saved by the numbers of their extensions, also those that nobody touched", async () => {
  const state = await drawing();
  act(() => state.current.change(led(state.current.draft!, "no_choice", { type: "voicemail", id: 3, to: null })));
  await act(async () => expect(await state.current.save()).toBe(true));
  expect(written()).toMatchObject([{ options: [{ input_digits: "1", destination_type: "extension", destination_id: "1002" }], failover_destination_id: 3 }]);
});

test("a key whose extension has no number that is known is not saved", async () => {
  const state = await drawing();
  act(() => state.current.change(led(state.current.draft!, "keys 1", { type: "extension", id: 9, to: null })));
  await act(async () => expect(await state.current.save()).toBe(false));
  expect(written()).toEqual([]);
  expect(state.current.refusal).toBe("There is no such extension.");
});
