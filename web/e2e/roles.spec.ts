// What each role sees and may do.

import { expect, type Page, test } from "./fixtures";
import type { Role } from "./office";

const EVERYBODY = ["Dashboard"];
/** Rooms that only some are offered, by whom. */
const OFFERED: Record<Role, { with: string[]; without: string[] }> = {
  owner: { with: ["Live calls", "Call history", "Numbers", "Ring groups", "Users and roles", "Settings"], without: [] },
  pbx_admin: { with: ["Live calls", "Call history", "Numbers", "Ring groups", "Users and roles"], without: [] },
  pbx_user: { with: ["Voicemail"], without: ["Ring groups", "Users and roles", "Trunks"] },
  reporter: { with: ["Call history", "Ring groups"], without: ["Voicemail", "Users and roles"] },
};

const rooms = (page: Page) => page.getByRole("navigation", { name: "Rooms" });

for (const role of Object.keys(OFFERED) as Role[]) {
  test(`${role}: the rooms that are offered`, async ({ page, office, signIn, visit }) => {
    await signIn(role === "owner" ? undefined : office.person(`rooms-${role}`, role));
    await visit("/dashboard");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    for (const room of [...EVERYBODY, ...OFFERED[role].with]) await expect(rooms(page).getByRole("link", { name: room, exact: true })).toBeVisible();
    for (const room of OFFERED[role].without) await expect(rooms(page).getByRole("link", { name: room, exact: true })).toHaveCount(0);
  });
}

test("a reader reads: nothing can be made, changed or deleted", async ({ page, office, rest, signIn, visit }) => {
  const { data } = await rest.get("/ring-groups?per_page=1");
  await signIn(office.person("reads-only", "reporter"));
  await visit("/ring-groups");
  await expect(page.getByRole("link", { name: data[0].name })).toBeVisible();
  await expect(page.getByRole("link", { name: "New ring group" })).toHaveCount(0);
  await expect(page.getByRole("checkbox")).toHaveCount(0);
  await visit(`/ring-groups/${data[0].id}`);
  await expect(page.getByLabel("Name", { exact: true })).toBeDisabled();
  await expect(page.getByRole("button", { name: "Save" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: /More for/ })).toHaveCount(0);
});

test("an address that is not for somebody says so, and shows nothing", async ({ page, office, signIn, visit }) => {
  await signIn(office.person("strays", "pbx_user"));
  await visit("/users");
  await expect(page.getByText(/not for you|not authorized|not allowed|could not be loaded/i).first()).toBeVisible();
  await expect(page.getByText("owner@example.com")).toHaveCount(0);
});

test("an address that leads nowhere leads back", async ({ page, signIn }) => {
  await signIn();
  await page.goto("/no-such-room");
  await expect(page.getByText("There is nothing here")).toBeVisible();
  await page.goto("/ring-groups/999999999");
  await expect(page.getByText("This record is gone")).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Ring groups" }).click();
  await expect(page).toHaveURL(/\/ring-groups$/);
});
