// The end of a session, by will and otherwise.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";
import { client, sessionEnded, useSessionOver, useSignOut } from "./session";

const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>;

test("whoever signs out is not asked to sign in again; where that failed, the session may still end", async () => {
  const assign = vi.fn();
  vi.stubGlobal("location", { assign });
  const { result } = renderHook(() => ({ over: useSessionOver(), signOut: useSignOut() }), { wrapper });
  const post = vi.spyOn(client, "POST").mockRejectedValueOnce(new TypeError("Failed to fetch"));
  await expect(result.current.signOut()).rejects.toThrow();
  act(() => sessionEnded(true));
  expect(result.current.over).toBe(true);
  act(() => sessionEnded(false));
  post.mockResolvedValueOnce({ response: new Response() } as never);
  await act(() => result.current.signOut());
  expect(assign).toHaveBeenCalledWith("/login");
  act(() => sessionEnded(true));
  expect(result.current.over).toBe(false);
});
