// The app comes out of the binary, runs under its policy, and lets somebody in.

import { expect, expectAccessible, OWNER, test } from "./fixtures";

test("the app loads from the binary and signs somebody in", async ({ page }) => {
  const answer = await page.goto("/ring-groups");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toMatch(/script-src 'self' 'nonce-[^']+';/);
  await expect(page).toHaveURL(/\/login/);
  await expectAccessible(page);
  await page.getByLabel(/mail/i).fill(OWNER.email);
  await page.getByLabel(/^password/i).fill(OWNER.password);
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-live=live]")).toBeAttached();
  await expect(page).toHaveURL(/\/ring-groups$/);
});

test("a room is reached by its address, and a script of nobody's does not run", async ({ page, signIn, visit, faults }) => {
  await signIn();
  await visit("/ring-groups");
  await expectAccessible(page);
  faults.allow(/policy|Content Security Policy/);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'taken over'";
    document.body.append(script);
  });
  expect(await page.title()).not.toBe("taken over");
});

test("a call is placed, and the app's own record of it says who answered", async ({ carrier, rest }) => {
  const { data } = await rest.get("/extensions?search=1001");
  expect(data[0].extension_number).toBe("1001");
  const played = await carrier.call({
    from: "+442079460018", to: "+12125550101", phones: { "1001": { answers: { after_s: 2, talk: { phone_leaves: { after_s: 5 } } } } },
  });
  expect(played.faults, played.transcript).toEqual([]);
  expect(played.disposition.toLowerCase()).toBe("answered");
});
