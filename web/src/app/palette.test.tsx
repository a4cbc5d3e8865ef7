// What the command palette offers, and to whom.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ask } from "@/api/resources";
import { language, speak, words } from "@/words";
import { Palette } from "./palette";
import { GROUPS, roomsOf } from "./rooms";

const { go, signOut } = vi.hoisted(() => ({ go: vi.fn(), signOut: vi.fn(async () => {}) }));
let role = "owner";
vi.mock("@tanstack/react-router", async (original) => ({ ...(await original<object>()), useNavigate: () => go }));
vi.mock("@/api/session", async (original) => ({ ...(await original<object>()), useRole: () => ({ role, is: (...roles: string[]) => roles.includes(role) }), useSignOut: () => signOut }));
vi.mock("@/api/resources", async (original) => ({ ...(await original<object>()), ask: vi.fn() }));

const SCREENS = GROUPS.flatMap(roomsOf).flatMap(({ screens }) => screens);

function show() {
  render(<QueryClientProvider client={new QueryClient()}><Palette open onOpenChange={() => {}} /></QueryClientProvider>);
}

const option = (name: string | RegExp) => screen.findByRole("option", { name });

beforeEach(() => {
  role = "owner";
  vi.mocked(ask).mockResolvedValue({ data: { data: [] } } as never);
  go.mockReset();
});
afterEach(() => speak("en"));

test("whatever has a screen to be made at is offered, and leads there", async () => {
  const paths = SCREENS.map(({ path }) => path).filter((path) => path.endsWith("/new"));
  expect(SCREENS.filter(({ makes }) => makes).map(({ path }) => path)).toEqual(paths);
  for (const { makes } of SCREENS) if (makes) expect(words.exists(`kinds.${makes}`), makes).toBe(true);
  show();
  expect(await screen.findAllByRole("option", { name: /^New: / })).toHaveLength(paths.length);
  await userEvent.click(await option("New: Webhook"));
  expect(go).toHaveBeenCalledWith({ to: "/settings/webhooks/new" });
});

test("who may make nothing is offered nothing new, and still what is everybody's", async () => {
  role = "reporter";
  show();
  expect(await option(/Sign out/)).toBeVisible();
  expect(screen.queryByRole("option", { name: /^New: / })).toBeNull();
});

test("light, language and the way out are found by name", async () => {
  show();
  await userEvent.type(screen.getByRole("combobox"), "dark");
  await userEvent.click(await option(/^Dark/));
  expect(document.documentElement.dataset["theme"]).toBe("dark");
  await userEvent.click(await option(/^Français/));
  await vi.waitFor(() => expect(language()).toBe("fr"));
  await userEvent.click(await option("Se déconnecter"));
  expect(signOut).toHaveBeenCalledOnce();
});

test("the company is found where it is changed", async () => {
  vi.mocked(ask).mockResolvedValue({ data: { data: [{ kind: "company", id: 1, title: "Acme" }] } } as never);
  show();
  await userEvent.type(screen.getByRole("combobox"), "acme");
  await userEvent.click(await option(/^Acme/));
  expect(go).toHaveBeenCalledWith({ to: "/settings/company" });
});
