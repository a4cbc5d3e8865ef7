// A way for calls, built from its end to its beginning in the browser alone: voicemail, group, menu, hours, number. Then it is tried.

import { expect, type Page, test, told } from "./fixtures";

/** A destination: its kind, then which one. */
async function leadTo(page: Page, field: string, kind: string, name: string): Promise<void> {
  const place = page.locator(`[data-field="${field}"]`);
  await place.getByRole("combobox").first().selectOption({ label: kind });
  await place.getByRole("combobox").last().click();
  await page.getByPlaceholder("Search").fill(name);
  await page.getByRole("option", { name: new RegExp(name) }).first().click();
}

const create = async (page: Page, name: string) => {
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await told(page, `${name} was created`);
};

test("a number with hours, a menu, a group and voicemail is built, tried, and drawn", async ({ page, signIn, visit, faults }) => {
  // Without a carrier that lists voices, the field of the voice says so.
  faults.allow(/50[23]/);
  await signIn();

  await visit("/voicemail/new");
  await page.getByLabel("Name", { exact: true }).fill("Workshop box");
  await create(page, "Workshop box");

  await visit("/ring-groups/new");
  await page.getByLabel("Name", { exact: true }).fill("Workshop");
  await page.locator('[data-field="members"]').getByRole("combobox").click();
  await page.getByPlaceholder("Search").fill("1003");
  await page.getByRole("option", { name: /1003/ }).click();
  await leadTo(page, "fallback", "Voicemail", "Workshop box");
  await create(page, "Workshop");

  await visit("/ivr-menus/new");
  await page.getByLabel("Name", { exact: true }).fill("Workshop menu");
  await page.getByLabel("Text", { exact: true }).last().fill("Press 1 for the workshop.");
  await page.getByRole("button", { name: "Key 1 is free" }).click();
  await page.getByRole("button", { name: "Use key 1" }).click();
  await leadTo(page, "options.0.destination", "Ring group", "Workshop");
  await create(page, "Workshop menu");

  // Nine to five from Monday to Friday, where the company is, is what new hours begin with.
  await visit("/business-hours/new");
  await page.getByLabel("Name", { exact: true }).fill("Workshop hours");
  await leadTo(page, "open", "IVR menu", "Workshop menu");
  await leadTo(page, "closed", "Voicemail", "Workshop box");
  await create(page, "Workshop hours");

  await visit("/numbers/new");
  await page.getByLabel(/^Number/).first().fill("+12125550177");
  await leadTo(page, "destination", "Business hours", "Workshop hours");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(page).toHaveURL(/\/numbers\/\d+$/);

  // At ten on a Tuesday, the caller presses 1 and nobody answers.
  await visit(`/test-a-call?to=%2B12125550177&from=%2B442079460018&at=2026-12-22T15%3A00%3A00Z&keys=1`);
  const answer = page.getByRole("main");
  await expect(answer.getByText(/Workshop hours/).first()).toBeVisible();
  await expect(answer.getByText(/Workshop menu/).first()).toBeVisible();
  await expect(answer.getByText(/Workshop box/).first()).toBeVisible();

  await visit("/flow?number=%2B12125550177");
  for (const name of ["Workshop hours", "Workshop menu", "Workshop", "Workshop box"]) await expect(page.getByText(name, { exact: true }).first()).toBeVisible();
});

