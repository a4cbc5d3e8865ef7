// Boards on different screens.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { EMPTY_BOARD } from "./board";
import { useBoard } from "./use-board";

const { get } = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock("@/api/session", async (original) => ({ ...(await original<object>()), client: { GET: get } }));

function Dashboard() {
  return <p>dashboard: {useBoard().board.counts.active}</p>;
}

function LiveCalls() {
  return <p>live calls: {useBoard().board.counts.active}</p>;
}

test("whoever goes from one screen to another sees how it is now", async () => {
  let active = 0;
  get.mockImplementation(async () => ({ data: { epoch: "e", seq: (active += 1), calls: [], extensions: [], counts: { ...EMPTY_BOARD.counts, active } }, response: new Response() }));
  const queries = new QueryClient();
  const screenOf = (room: React.ReactNode) => <QueryClientProvider client={queries}>{room}</QueryClientProvider>;
  const { rerender } = render(screenOf(<Dashboard />));
  expect(await screen.findByText("dashboard: 1")).toBeVisible();
  // One leaves and the other comes in one step.
  rerender(screenOf(<LiveCalls />));
  expect(await screen.findByText("live calls: 2")).toBeVisible();
});
