// Who may act on a live call, and what is asked before it is done.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { ask, Refused } from "@/api/resources";
import { CallActions } from "./act";

vi.mock("@/api/resources", async (original) => ({ ...(await original<typeof import("@/api/resources")>()), ask: vi.fn() }));
const asked = vi.mocked(ask);

const CALL = { id: 31, extension_id: null, from_extension_id: null, legs: [{ target: "1001" }] };

function shown(role: string, extension: string | null, call: Parameters<typeof CallActions>[0]["call"] = CALL) {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  queries.setQueryData(["me"], { id: 1, role, extension: extension && { id: 9, extension_number: extension } });
  render(<QueryClientProvider client={queries}><Suspense><CallActions call={call} title="Ann to Sales" /></Suspense></QueryClientProvider>);
}

beforeEach(() => asked.mockReset());

test("owners act on every call, users on their own, reporters on none", () => {
  shown("pbx_user", "1002");
  shown("pbx_user", null);
  shown("reporter", "1001");
  expect(screen.queryByRole("button")).toBeNull();
  shown("pbx_user", "1001");
  expect(screen.getAllByRole("button")).toHaveLength(2);
  shown("owner", null);
  expect(screen.getAllByRole("button")).toHaveLength(4);
});

test("nothing is hung up before it is said again", async () => {
  asked.mockResolvedValue({ data: {}, response: new Response() });
  shown("owner", null);
  await userEvent.click(screen.getByRole("button", { name: "Hang up the call Ann to Sales" }));
  expect(asked).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("alertdialog")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Hang up the call Ann to Sales" }));
  await userEvent.click(screen.getByRole("button", { name: "Hang up" }));
  expect(asked).toHaveBeenCalledWith("post", "calls/31/hangup");
});

test("a refusal of a transfer stands at the number, and what was written stays", async () => {
  asked.mockImplementation((method) =>
    method === "post" ? Promise.reject(new Refused(422, { message: "Wrong.", request_id: "r", errors: { destination: ["That is no number."] } }, undefined)) : Promise.resolve({ data: { data: [] }, response: new Response() } as never),
  );
  shown("owner", null);
  await userEvent.click(screen.getByRole("button", { name: "Transfer the call Ann to Sales" }));
  expect(screen.getByRole("button", { name: "Transfer" })).toBeDisabled();
  await userEvent.click(screen.getByLabelText("Number outside"));
  await userEvent.type(screen.getByRole("textbox", { name: "To" }), "12x");
  await userEvent.click(screen.getByRole("button", { name: "Transfer" }));
  expect(asked).toHaveBeenCalledWith("post", "calls/31/transfer", { body: { destination: "12x" } });
  expect(await screen.findByText("That is no number.")).toBeInTheDocument();
  expect(screen.getByRole("textbox", { name: "To" })).toHaveValue("12x");
  expect(screen.getByRole("textbox", { name: "To" })).toHaveAttribute("aria-invalid", "true");
});
