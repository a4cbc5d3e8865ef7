// The password of a telephone: hidden until somebody asks, told with a reason, and hidden again.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { Extension } from "@/api/catalogue";
import { ask } from "@/api/resources";
import { TooltipProvider } from "@/ui/tooltip";
import { words } from "@/words";
import { TelephonePanel } from "./telephone";

let role = "pbx_admin";
vi.mock("@/api/session", async (original) => ({ ...(await original<object>()), useRole: () => ({ role, is: (...roles: string[]) => roles.includes(role) }) }));
vi.mock("@/api/resources", async (original) => ({ ...(await original<object>()), ask: vi.fn() }));
const asked = vi.mocked(ask);

const extension = { id: 4, extension_number: "1001", name: "Alice", type: "user", sip_config: { username: "1001", password: null, server: "sip.example.com" } } as unknown as Extension;

function show(one: Extension = extension) {
  render(<QueryClientProvider client={new QueryClient()}><TooltipProvider><TelephonePanel extension={one} /></TooltipProvider></QueryClientProvider>);
}

beforeEach(async () => {
  role = "pbx_admin";
  asked.mockReset();
  await words.loadNamespaces("extensions");
});

test("it is asked for only when somebody wants to see it, and can be hidden", async () => {
  asked.mockResolvedValueOnce({ data: { password: "Amber7River2Stone!9" } } as never);
  show();
  expect(asked).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Show" }));
  expect(await screen.findByText("Amber7River2Stone!9")).toBeVisible();
  expect(asked).toHaveBeenCalledWith("get", "extensions/4/password", { params: { reason: "shown in the web app" } });
  await userEvent.click(screen.getByRole("button", { name: "Hide" }));
  expect(screen.queryByText("Amber7River2Stone!9")).toBeNull();
});

test("a new one is made only after a question, and is shown then", async () => {
  asked.mockResolvedValueOnce({ data: { new_password: "Cloud3Maple5Ocean!1" } } as never);
  show();
  await userEvent.click(screen.getByRole("button", { name: "New password…" }));
  expect(asked).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Make a new password" }));
  await waitFor(() => expect(screen.getByText("Cloud3Maple5Ocean!1")).toBeInTheDocument());
  expect(asked).toHaveBeenCalledWith("put", "extensions/4/reset-password");
});

test("the one of an extension that was just made is there at once", () => {
  show({ ...extension, sip_config: { username: "1001", password: "Just7Made1Now!2", server: "sip.example.com" } });
  expect(screen.getByText("Just7Made1Now!2")).toBeVisible();
});

test("a user sees the server and the user name, and no way to a password", () => {
  role = "pbx_user";
  show();
  expect(screen.getByText("sip.example.com")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Show" })).toBeNull();
  expect(screen.queryByRole("button", { name: "New password…" })).toBeNull();
});
