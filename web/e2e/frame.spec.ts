// What every room stands on: versions, what is not saved, the session's end, the network's, languages, and the keyboard.

import { expect, expectAccessible, OWNER, test, told, visit as visitPage } from "./fixtures";

/** The demo's group "Office", by a name of this test's own, so that tests do not meet. */
async function group(rest: import("./fixtures").Rest, name: string): Promise<number> {
  const { data: phones } = await rest.get("/extensions?search=1001");
  const made = await rest.post("/ring-groups", { name, strategy: "sequential", members: [{ extension_id: phones[0].id }] });
  return made.data.id;
}

test("two browsers edit one record, and neither loses what it wrote", async ({ page, rest, signIn, visit, another, faults }) => {
  faults.allow(/412/);
  const id = await group(rest, "Edited by two");
  const other = await another();
  await signIn();
  await signIn(OWNER, other);
  await visit(`/ring-groups/${id}`);
  await visit(`/ring-groups/${id}`, other);
  await other.getByLabel("Description").fill("by the second");
  await other.getByLabel("Turns").fill("5");
  await page.getByLabel("Name", { exact: true }).fill("Edited by both");
  await page.getByLabel("Turns").fill("3");
  await page.getByRole("button", { name: "Save" }).click();
  await told(page, "Edited by both was saved");
  // The second is told while it writes, and again when it saves.
  await expect(other.getByText("Somebody else saved this record")).toBeVisible();
  await other.getByRole("button", { name: "Save" }).click();
  const conflict = other.getByRole("dialog", { name: "Somebody else was faster" });
  await expect(conflict).toBeVisible();
  await expectAccessible(other);
  // Only what both changed is to be chosen.
  await expect(conflict.getByRole("radiogroup")).toHaveCount(1);
  await conflict.getByRole("radio", { name: "Theirs" }).check({ force: true });
  await conflict.getByRole("button", { name: "Go on with this" }).click();
  await expect(other.getByLabel("Name", { exact: true })).toHaveValue("Edited by both");
  await expect(other.getByLabel("Turns")).toHaveValue("3");
  await expect(other.getByLabel("Description")).toHaveValue("by the second");
  await other.getByRole("button", { name: "Save" }).click();
  await told(other, "Edited by both was saved");
  const { data } = await rest.get(`/ring-groups/${id}`);
  expect(data).toMatchObject({ name: "Edited by both", ring_turns: 3, description: "by the second" });
  // Both changes are in the history, each under its author.
  await other.getByRole("button", { name: /More for/ }).click();
  await other.getByRole("menuitem", { name: "History" }).click();
  await expect(other.getByRole("dialog").getByText("by the second")).toBeVisible();
});

test("what is not saved is not left by accident, and survives the end of a session", async ({ page, rest, context, signIn, visit, faults }) => {
  faults.allow(/401/);
  const id = await group(rest, "Kept");
  await signIn();
  await visit(`/ring-groups/${id}`);
  await page.getByLabel("Description").fill("not saved yet");
  await page.getByRole("link", { name: "Outbound rules" }).click();
  await page.getByRole("button", { name: "Stay here" }).click();
  await expect(page.getByLabel("Description")).toHaveValue("not saved yet");
  await context.clearCookies({ name: "opbx_session" });
  await page.getByRole("button", { name: "Save" }).click();
  const again = page.getByRole("dialog", { name: "Your session is over" });
  await again.getByLabel("Password").fill(OWNER.password);
  await again.getByRole("button", { name: "Sign in" }).click();
  await expect(again).toBeHidden();
  await expect(page.getByLabel("Description")).toHaveValue("not saved yet");
  await page.getByRole("button", { name: "Save" }).click();
  await told(page, "Kept was saved");
  expect((await rest.get(`/ring-groups/${id}`)).data.description).toBe("not saved yet");
});

test("a session that is ended from another device asks to sign in again, and the page is live again then", async ({ page, office, rest, signIn, visit }) => {
  const person = office.person("ended-elsewhere", "pbx_admin");
  const id = await group(rest, "Heard before");
  await signIn(person);
  await visit("/ring-groups?search=Heard");
  await expect(page.getByRole("link", { name: "Heard before" })).toBeVisible();
  await (await office.rest(person)).delete("/auth/sessions");
  // Nobody touches the page: it is told.
  const again = page.getByRole("dialog", { name: "Your session is over" });
  await again.getByLabel("Password").fill(person.password);
  await again.getByRole("button", { name: "Sign in" }).click();
  await expect(again).toBeHidden();
  await expect(page.locator("[data-live=live]")).toBeAttached();
  await rest.put(`/ring-groups/${id}`, { name: "Heard again" });
  await expect(page.getByRole("link", { name: "Heard again" })).toBeVisible();
});

test("the server's own word stands at its field", async ({ page, rest, signIn, visit, faults }) => {
  faults.allow(/422/);
  await group(rest, "Taken name");
  const id = await group(rest, "Another name");
  await signIn();
  await visit(`/ring-groups/${id}`);
  const name = page.getByLabel("Name", { exact: true });
  await name.fill("Taken name");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await expect(name).toBeFocused();
  await name.fill("");
  await name.blur();
  await expect(page.getByText("This is needed.")).toBeVisible();
});

test("the server goes and returns, and the page catches up with what it missed", async ({ page, open, signIn, faults }) => {
  // What a page hears while nobody is there is nobody's fault.
  faults.allow(/WebSocket|Failed to fetch|answered 50\d/);
  const office = await open({ demo: true });
  const before = await office.rest();
  const id = await group(before, "Before the gap");
  await signIn(OWNER, page, office.url);
  await visitPage(page, `${office.url}/ring-groups?search=the+gap`);
  await expect(page.getByRole("link", { name: "Before the gap" })).toBeVisible();
  await office.kill();
  await expect(page.getByRole("banner").getByRole("status")).toHaveText("Offline", { timeout: 30_000 });
  await office.start();
  await (await office.rest()).put(`/ring-groups/${id}`, { name: "Behind the gap" });
  await expect(page.getByRole("link", { name: "Behind the gap" })).toBeVisible({ timeout: 45_000 });
  await expect(page.locator("[data-live=live]")).toBeAttached();
});

test("a deleted record is brought back, and one that is used says by whom", async ({ page, rest, signIn, visit }) => {
  const used = await group(rest, "Used by another");
  const id = await group(rest, "Deleted by mistake");
  await rest.put(`/ring-groups/${id}`, { fallback_action: "ring_group", fallback_ring_group_id: used });
  await signIn();
  await visit(`/ring-groups/${used}`);
  await page.getByRole("button", { name: /More for/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const question = page.getByRole("alertdialog");
  await expect(question.getByRole("link", { name: "Deleted by mistake" })).toBeVisible();
  await expect(question.getByRole("button", { name: "Delete" })).toBeDisabled();
  await question.getByRole("link", { name: "Deleted by mistake" }).click();
  await expect(page.getByRole("heading", { name: "Deleted by mistake", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: /More for/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await told(page, "Deleted by mistake was deleted");
  await page.getByRole("button", { name: "Undo" }).click();
  await told(page, "Deleted by mistake is back");
  const { data } = await rest.get("/ring-groups?search=Deleted+by+mistake");
  expect(data).toMatchObject([{ strategy: "sequential", fallback_ring_group_id: used, members: [{ extension_number: "1001" }] }]);
});

test("a language is chosen and kept, and the whole frame speaks it", async ({ page, signIn, visit }) => {
  await signIn();
  await visit("/ring-groups");
  await page.getByRole("button", { name: /Account of/ }).click();
  await page.getByRole("menuitemcheckbox", { name: "Français" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("heading", { name: "Groupes d’appel", level: 1 })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("link", { name: "Nouveau groupe d’appel" })).toBeVisible();
  expect(await page.locator("html").getAttribute("lang")).toBe("fr");
});

test("a group is found, opened, reordered and saved by keyboard alone", async ({ page, rest, signIn, visit }) => {
  const { data: phones } = await rest.get("/extensions?type=user&sort_by=extension_number&sort_order=asc&per_page=3");
  const members = phones.map((phone: { id: number }, at: number) => ({ extension_id: phone.id, priority: at + 1 }));
  const { data: made } = await rest.post("/ring-groups", { name: "By keyboard", strategy: "sequential", members });
  await signIn();
  await visit("/ring-groups");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("By keyb");
  await expect(page.getByRole("option", { name: /By keyboard/ }).first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "By keyboard", level: 1 })).toBeVisible();
  const handle = page.getByRole("button", { name: /^Move/ }).first();
  await handle.focus();
  await page.keyboard.press("Space");
  await expect(page.getByText(/is at place 1 of 3/)).toBeAttached();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByText(/is at place 2 of 3/)).toBeAttached();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Save" }).focus();
  await page.keyboard.press("Enter");
  await told(page, "By keyboard was saved");
  const saved = await rest.get(`/ring-groups/${made.id}`);
  const order = saved.data.members.sort((a: { priority: number }, b: { priority: number }) => a.priority - b.priority).map((member: { extension_id: number }) => member.extension_id);
  expect(order).toEqual([phones[1].id, phones[0].id, phones[2].id]);
});
