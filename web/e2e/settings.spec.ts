// From a first run to a company that is connected; what a webhook was told; a configuration from a file.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DOMAIN_KEY } from "./carrier";
import { expect, expectAccessible, test, told } from "./fixtures";

const OTHER_PASSWORD = "Another-horse-8";

test("a first run: the company is guessed and confirmed, the carrier connected, and a number rings a telephone", async ({ page, open, faults }) => {
  const office = await open({});
  const owner = office.firstOwner();
  if (!owner) throw new Error("a first start leaves the password that it drew");
  faults.allow(/422/);
  await page.goto(`${office.url}/login`);
  await page.getByLabel("Mail address").fill(owner.email);
  await page.getByLabel("Password", { exact: true }).fill(owner.password);
  await page.keyboard.press("Enter");
  // Whoever made the installation is led here by itself.
  await expect(page).toHaveURL(/\/welcome/);
  const choose = page.getByRole("heading", { name: "Choose your password" });
  const company = page.getByRole("heading", { name: "Tell us of your company" });
  await expect(choose).toBeVisible();
  await page.getByLabel("Present password").fill(owner.password);
  await page.getByLabel("New password").fill(OTHER_PASSWORD);
  await page.getByLabel("The same again").fill(OTHER_PASSWORD);
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(company).toBeVisible();
  expect(office.firstOwner(), "the drawn password lies nowhere any more").toBeUndefined();
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
