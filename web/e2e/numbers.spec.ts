// Numbers and what they ring: a telephone is made, a number leads to it, more come from a file, and the carrier knows.

import { DOMAIN_KEY } from "./carrier";
import { expect, test } from "./fixtures";

test("a telephone is made, its password is on record, and a number leads to it", async ({ page, signIn, visit, rest }) => {
  await signIn();
  await visit("/extensions/new");
  await page.getByLabel("Number", { exact: true }).fill("1044");
  await page.getByLabel("Name", { exact: true }).fill("Night desk");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("heading", { name: "1044 Night desk" })).toBeVisible();
  // It is there once because it was just made; later only for whoever asks.
  await page.getByRole("button", { name: "Hide" }).click();
  await page.reload();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByRole("button", { name: "Copy Password" })).toBeVisible();
  const id = Number(new URL(page.url()).pathname.split("/").at(-1));
  const { data: entries } = await rest.get(`/audit-log?model=pbx.extension&record_id=${id}`);
  expect(entries.map(({ deed }: { deed: string }) => deed)).toContain("reveal");

  await visit("/numbers/new");
  await page.getByLabel("Number", { exact: true }).fill("+1 (212) 555-0144");
  await page.getByRole("combobox", { name: "Choose an extension" }).click();
  await page.getByPlaceholder("Search", { exact: true }).fill("Night");
  await page.getByRole("option", { name: /1044/ }).click();
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("heading", { name: "+1 212 555 0144" })).toBeVisible();
  await expect(page.getByRole("link", { name: "1044 Night desk" })).toHaveAttribute("href", `/extensions/${id}`);
  const { data: simulated } = await rest.post("/simulate", { from: "+442079460018", to: "+12125550144", answers: { "1044": "yes" } });
  expect(simulated.summary).toContain("1044");
});

test("numbers come from a file once every row of it is sound", async ({ page, signIn, visit, rest }) => {
  const file = (rows: string[]) => ({ name: "numbers.csv", mimeType: "text/csv", buffer: Buffer.from(["phone_number,friendly_name,routing_type,target", ...rows].join("\n")) });
  await signIn();
  await visit("/numbers/import");
  const input = page.locator("input[type=file]");
  await input.setInputFiles(file(["+12125550171,Berlin,business_hours,Office", "+12125550172,Nobody,extension,9999"]));
  await expect(page.getByText("1 of 2 rows is wrong")).toBeVisible();
  await expect(page.getByText("The target does not exist.")).toBeVisible();
  await page.getByRole("button", { name: "Choose another file" }).click();
  await input.setInputFiles(file(["+12125550171,Berlin,business_hours,Office", "+12125550172,Sales too,ring_group,Sales"]));
  expect((await rest.get("/phone-numbers?search=Berlin")).meta.total).toBe(0);
  await page.getByRole("button", { name: "Import 2 numbers" }).click();
  await expect(page.getByRole("link", { name: "+1 212 555 0172" })).toBeVisible();
  expect((await rest.get("/phone-numbers?search=Berlin")).data[0].destination.name).toBe("Office");
});

test("a telephone that only the carrier knows is taken over when somebody says so", async ({ page, signIn, visit, carrier, rest }) => {
  const made = await fetch(`${carrier.url}/customers/self/domains/${carrier.uuid}/subscribers`, {
    method: "POST", headers: { authorization: `Bearer ${DOMAIN_KEY}`, "content-type": "application/json" }, body: JSON.stringify({ msisdn: "1077", sipPassword: "Only-there-7-known", active: true }),
  });
  expect(made.ok, await made.text()).toBe(true);
  await signIn();
  await visit("/extensions/sync");
  await expect(page.getByRole("region", { name: "Only at the carrier" }).getByText("1077")).toBeVisible();
  await page.getByRole("button", { name: "Bring into step" }).click();
  const question = page.getByRole("alertdialog");
  await expect(question).toContainText("1 extension is made here");
  await question.getByRole("button", { name: "Bring into step" }).click();
  await expect(page.getByText("1 extension made here")).toBeVisible();
  await expect(page.getByRole("region", { name: "Only at the carrier" })).toHaveCount(0);
  expect((await rest.get("/extensions?search=1077")).data[0].name).toBe("Extension 1077");
});
