// A live call is seen, ended and explained; a figure leads to the calls behind it.

import { answers, expect, test, told } from "./fixtures";

test("a call rings, is answered, is ended, and says why it went where it did", async ({ page, carrier, signIn, visit }) => {
  await signIn();
  await visit("/live-calls");
  await expect(page.getByRole("heading", { name: "Live calls" })).toBeVisible();
  const played = carrier.call({ from: "+442079460321", to: "+12125550103", phones: { "1001": answers(9) } });
  const card = page.getByRole("listitem").filter({ hasText: "+44 207 946 0321" }).first();
  const ringing = page.getByRole("region", { name: /^Ringing/ });
  const talking = page.getByRole("region", { name: /^In conversation/ });
  await expect(ringing.getByText("+44 207 946 0321")).toBeVisible();
  await expect(card.getByText("Alice Archer")).toBeVisible();
  await expect(talking.getByText("+44 207 946 0321")).toBeVisible({ timeout: 30_000 });
  await card.getByRole("button", { name: /^Hang up/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Hang up" }).click();
  await told(page, "The call is being ended");
  await expect(card).toBeHidden();
  expect((await played).faults).toEqual([]);

  await page.getByRole("link", { name: "Call history" }).click();
  await page.getByPlaceholder("From, or a part of it").fill("+442079460321");
  await expect(page).toHaveURL(/from_number=/);
  await page.getByRole("table").getByRole("link", { name: /\+44 207 946 0321/ }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Alice direct");
  const why = page.locator("section").filter({ has: page.getByRole("heading", { name: "Why did it go there?" }) });
  await expect(why.getByRole("link", { name: "Alice direct" })).toBeVisible();
  await expect(page.getByText("Today it would go the same way")).toBeVisible();
});

test("a figure leads to the calls behind it, paged or scrolled through", async ({ page, carrier, signIn, visit }) => {
  // Of a caller who gives up, nothing is answered, whatever else this office has behind it.
  await carrier.call({ from: "+442079460654", to: "+12125550103", caller: { hangs_up_after_s: 3 } });
  await signIn();
  await visit("/dashboard");
  await page.getByRole("link", { name: /^Not answered/ }).click();
  await expect(page).toHaveURL(/status=no_answer/);
  const row = page.getByRole("row").filter({ hasText: "+44 207 946 0654" });
  await expect(row).toContainText("Caller gave up");
  await page.getByText("Scroll", { exact: true }).click();
  await expect(page).toHaveURL(/view=scroll/);
  await expect(page.getByText(/in all$/)).toBeVisible();
  await expect(row).toContainText("Caller gave up");
  await page.getByPlaceholder("From, or a part of it").fill("+1999");
  await expect(page.getByText("Nothing fits these filters")).toBeVisible();
});
