// What extensions do, for whoever comes back to them.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";
import { ask } from "@/api/resources";
import { useExtensionStates } from "./states";

vi.mock("@/api/resources", async (original) => ({ ...(await original<object>()), ask: vi.fn() }));

const answer = (state: string) => ({ data: { extensions: [{ extension_id: 4, state }] } }) as never;

test("what happened while nobody was here is asked for", async () => {
  vi.mocked(ask).mockResolvedValueOnce(answer("idle")).mockResolvedValueOnce(answer("busy"));
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: 30_000 } } });
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
  const first = renderHook(() => useExtensionStates(), { wrapper });
  await waitFor(() => expect(first.result.current.get(4)).toBe("idle"));
  first.unmount();
  const second = renderHook(() => useExtensionStates(), { wrapper });
  await waitFor(() => expect(second.result.current.get(4)).toBe("busy"));
});
