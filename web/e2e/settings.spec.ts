// From a first run to a company that is connected; people and programs that are let in; what a webhook was told.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DOMAIN_KEY } from "./carrier";
import { expect, expectAccessible, OWNER, test, told, visit as visitPage } from "./fixtures";
import { signIn as signInAt } from "./fixtures";

const OTHER_PASSWORD = "Another-horse-8";

test("a first run: the company is guessed and confirmed, the carrier connected, and a number rings a telephone", async ({ page, open, faults }) => {
  const office = await open({ owner: OWNER });
  faults.allow(/422/);
  await page.goto(`${office.url}/login`);
  await page.getByLabel("Mail address").fill(OWNER.email);
  await page.getByLabel("Password", { exact: true }).fill(OWNER.password);
  await page.keyboard.press("Enter");
  // Whoever made the installation is led here by itself.
  await expect(page).toHaveURL(/\/welcome/);
  const choose = page.getByRole("heading", { name: "Choose your password" });
  const company = page.getByRole("heading", { name: "Tell us of your company" });
  await expect(choose.or(company)).toBeVisible();
  if (await choose.isVisible()) {
    await page.getByLabel("Present password").fill(OWNER.password);
    await page.getByLabel("New password").fill(OTHER_PASSWORD);
    await page.getByLabel("The same again").fill(OTHER_PASSWORD);
    await page.getByRole("button", { name: "Go on" }).click();
  }
  await expect(company).toBeVisible();
  await expect(page.getByLabel("Country")).toHaveText("United States");
  await expect(page.getByLabel("Time zone")).toHaveText("America/New York");
  await expectAccessible(page);
  await page.getByLabel("Name of the company").fill("Acme");
  await page.getByRole("button", { name: "Go on" }).click();

  await page.getByText("Connect Cloudonix", { exact: true }).click();
  await page.getByLabel("Domain UUID").fill(office.carrier.uuid);
  await page.getByLabel("API key").fill("a-wrong-key");
  await page.getByLabel("Public address of this OPBX").fill(office.url);
  await page.getByRole("button", { name: "Try and connect" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "They do not open the domain" })).toBeVisible();
  await page.getByLabel("API key").fill(DOMAIN_KEY);
  await page.getByRole("button", { name: "Try and connect" }).click();

  await expect(page.getByRole("heading", { name: "A telephone and a number" })).toBeVisible();
  await page.getByRole("button", { name: "Make the telephone" }).click();
  await expect(page.getByText("Enter these into the telephone")).toBeVisible();
  await page.getByLabel("Telephone number").fill("+1 212 555 0100");
  await page.getByRole("button", { name: "Add the number" }).click();
  await expect(page.getByText("There is one number")).toBeVisible();
  await page.getByRole("button", { name: "Go on", exact: true }).click();
  await expect(page.getByRole("link", { name: "Make a first call" })).toHaveAttribute("href", "/test-a-call");
  await expectAccessible(page);
  await page.getByRole("link", { name: "To the dashboard" }).click();
  await expect(page).toHaveURL(/\/dashboard/);

  // The carrier knows by now, or says so as soon as it does.
  await visitPage(page, `${office.url}/settings/cloudonix`);
  await expect(page.getByText("Cloudonix knows what stands here")).toBeVisible();
  await page.getByRole("button", { name: "Tell Cloudonix again" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Set up at Cloudonix" })).toContainText("Done");
  await expectAccessible(page);
});

test("somebody is invited, chooses a password by the link, and is signed out by one press", async ({ page, rest, signIn, visit, another, faults, office }) => {
  faults.allow(/401|403/);
  await signIn();
  await visit("/users/new");
  await page.getByLabel("Name", { exact: true }).fill("Ivy Invited");
  await page.getByLabel("Mail address").fill("ivy@example.com");
  await page.getByRole("radio", { name: /^Reporter/ }).check();
  await page.getByRole("button", { name: "Create" }).click();
  const dialog = page.getByRole("dialog", { name: "The invitation of Ivy Invited" });
  const link = await dialog.locator("code").innerText();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await expect(page).toHaveURL(/\/users\/\d+$/);

  const other = await another();
  await other.goto(link);
  await other.getByLabel("New password").fill(OTHER_PASSWORD);
  await other.getByLabel("The same again").fill(OTHER_PASSWORD);
  await other.getByRole("button", { name: "Set the password" }).click();
  await expect(other.getByText("Your password is set")).toBeVisible();
  const ivy = { email: "ivy@example.com", password: OTHER_PASSWORD };
  await signInAt(other.context(), office.url, ivy);
  await visitPage(other, `${office.url}/profile/security`);
  await expect(other.getByText("This device")).toBeVisible();
  // A reporter has no telephone to set, and no settings.
  await expect(other.getByRole("link", { name: "My telephone" })).toHaveCount(0);
  await expect(other.getByRole("link", { name: "Settings" })).toHaveCount(0);

  await page.getByRole("switch", { name: /Active/ }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await told(page, "Ivy Invited was saved");
  const { data } = await rest.get("/users?search=Ivy");
  expect(data[0]).toMatchObject({ role: "reporter", status: "inactive" });
  await visit(`/users/${(await rest.get("/auth/me")).user.id}`);
  await expect(page.getByText("Nobody changes their own role")).toBeVisible();
});

test("a webhook's secret is shown once, a test is delivered, and its answer can be read and asked for again", async ({ page, signIn, visit }) => {
  const heard: string[] = [];
  const receiver = createServer((request, response) => {
    heard.push(String(request.headers["opbx-event"]));
    response.writeHead(200).end("thank you");
  });
  await new Promise<void>((ready) => receiver.listen(0, "127.0.0.1", ready));
  try {
    await signIn();
    await visit("/settings/webhooks/new");
    await page.getByLabel("Name", { exact: true }).fill("CRM of the tests");
    await page.getByLabel("Address", { exact: true }).fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`);
    await page.getByRole("checkbox", { name: /A record was changed/ }).check();
    await page.getByRole("button", { name: "Create" }).click();
    await expect(page.getByText("Choose at least one kind of record.")).toBeVisible();
    await page.getByRole("checkbox", { name: "Ring group" }).check();
    await page.getByRole("button", { name: "Create" }).click();
    const dialog = page.getByRole("dialog", { name: "Signing secret" });
    await expect(dialog.locator("code")).toHaveText(/^whsec_/);
    await dialog.getByRole("button", { name: "I have copied it" }).click();
    await page.getByRole("button", { name: "Send a test" }).click();
    await expect(page).toHaveURL(/deliveries\/\d+$/);
    await expect(page.getByText("thank you")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Send once more" }).click();
    await expect.poll(() => heard.filter((event) => event === "test").length).toBe(2);
  } finally {
    receiver.close();
  }
});

test("the configuration is compared before it is applied, and the audit log says who did", async ({ page, signIn, visit, rest }) => {
  await signIn();
  await visit("/settings/configuration");
  const { data } = await rest.get("/configuration/export");
  await page.getByLabel("The file", { exact: true }).fill(`${data.text}\n[pbx.ring_group.from-a-file]\nname = "From a file"\nmembers = ["nobody"]\n`);
  await page.getByRole("button", { name: "See what it would change" }).click();
  await expect(page.getByText(/unknown record/)).toBeVisible();
  await page.getByLabel("The file", { exact: true }).fill(`${data.text.split("\n").find((line: string) => line.startsWith("tenant"))}\n[pbx.ring_group.from-a-file]\nname = "From a file"\nmembers = ["alice-phone"]\n`);
  await page.getByRole("button", { name: "See what it would change" }).click();
  await expect(page.getByText("1 new", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Apply the file" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Apply the file" }).click();
  await told(page, /Applied: 1 new/);
  await visit("/settings/audit-log?search=From+a+file");
  await page.getByRole("link", { name: "From a file" }).click();
  await expect(page.getByRole("link", { name: "Open the record" })).toHaveAttribute("href", /\/ring-groups\/\d+$/);
});
