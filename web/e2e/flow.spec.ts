// A way is drawn anew, and who watches a call hears of it: a test, a check, a menu by its keys, red, and accepted.

import { expect, expectAccessible, test } from "./fixtures";

const CALL = "/test-a-call?to=%2B12125550100&from=%2B442079460018&at=2026-11-23T10:05&keys=1&answers=1002:yes";

test("a call is tested, watched, led elsewhere by drawing, and seen to differ", async ({ page, signIn, visit, another, rest }) => {
  await restoreMenu(rest);
  await signIn();
  await visit(CALL);
  await expect(page.getByText("The call is answered")).toBeVisible();
  await expect(page.locator("[data-box^='ring_group']").filter({ hasText: "Sales" })).toBeVisible();
  await page.getByRole("button", { name: "First step" }).click();
  await expect(page.getByRole("listitem").and(page.locator("[aria-current=step]"))).toContainText("Inbound call");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save as a check" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Sales on Mondays");
  await dialog.getByRole("button", { name: "Save as a check" }).click();
  await expect(dialog).toBeHidden();

  const watcher = await another();
  await signIn(undefined, watcher);
  await visit("/test-a-call/checks", watcher);
  await expect(watcher.getByRole("row", { name: /Sales on Mondays/ })).toContainText("As expected");

  await visit("/flow?number=%2B12125550100");
  await page.getByRole("button", { name: "Draw the keys of Main menu" }).click();
  // By keyboard: the key first, then the box.
  await page.getByRole("button", { name: "Key 1: choose where it leads" }).press("Enter");
  await page.getByRole("button", { name: "Lead it to Support" }).press("Enter");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("All changes").or(page.getByRole("button", { name: "Done" })).first()).toBeVisible();

  // Nobody asks: the other browser is told.
  await expect(watcher.getByRole("row", { name: /Sales on Mondays/ })).toContainText("Differs");
  await watcher.getByRole("link", { name: "Sales on Mondays" }).click();
  await expect(watcher.getByText(/ring group "Support", and ring group "Sales" was expected/)).toBeVisible();
  await expectAccessible(watcher);
  await watcher.getByRole("button", { name: "Accept what happens now" }).click();
  await expect(watcher.getByText("As expected").first()).toBeVisible();
});

test("a line is dragged from a key to a box, and taken back", async ({ page, signIn, visit, rest }) => {
  const menu = await restoreMenu(rest);
  await signIn();
  await visit(`/flow?menu=${menu}`);
  await page.getByRole("button", { name: "Show all of it" }).click();
  const key = page.locator(".react-flow__handle[data-handleid='keys 2']");
  const box = page.locator("[data-box^='conference_room']");
  // The drawing settles before anything on it is taken hold of.
  await expect(async () => {
    const [from, to] = [await key.boundingBox(), await box.boundingBox()];
    await page.mouse.move(from!.x + from!.width / 2, from!.y + from!.height / 2);
    await page.mouse.down();
    await page.mouse.move(to!.x + to!.width / 2, to!.y + to!.height / 2, { steps: 5 });
    await page.mouse.up();
    await expect(page.getByRole("group", { name: "Key 2" }).getByRole("combobox").first()).toHaveValue("conference_room", { timeout: 1000 });
  }).toPass();
  await page.getByRole("button", { name: "Take the last step back" }).click();
  await expect(page.getByRole("group", { name: "Key 2" }).getByRole("combobox").first()).toHaveValue("ring_group");
  await expect(page.getByRole("button", { name: "Save", exact: true })).toBeDisabled();
});

/** The demo's menu leads back to itself, which nobody may save by hand. */
async function restoreMenu(rest: { get: (path: string) => Promise<any>; put: (path: string, body: unknown) => Promise<any> }): Promise<number> {
  const menu = (await rest.get("/ivr-menus?search=Main")).data[0];
  const groups = (await rest.get("/ring-groups?per_page=50")).data as { id: number; name: string }[];
  const group = (name: string) => groups.find((one) => one.name === name)?.id;
  const rooms = (await rest.get("/conference-rooms?per_page=1")).data;
  await rest.put(`/ivr-menus/${menu.id}`, {
    options: [
      { input_digits: "1", destination_type: "ring_group", destination_id: group("Sales"), priority: 1 },
      { input_digits: "2", destination_type: "ring_group", destination_id: group("Support"), priority: 2 },
      { input_digits: "3", destination_type: "conference_room", destination_id: rooms[0].id, priority: 3 },
    ],
  });
  return menu.id;
}
