// When a company is open, what its menu says, and what callers hear: each made by hand, and found again by the API.

import { expect, expectAccessible, type Page, test, told } from "./fixtures";

/** One second of a quiet tone, as a telephone takes it. */
function tone(): Buffer {
  const [rate_hz, header] = [8000, 44];
  const file = Buffer.alloc(header + rate_hz * 2);
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate_hz, 24);
  file.writeUInt32LE(rate_hz * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(rate_hz * 2, 40);
  for (let at = 0; at < rate_hz; at += 1) file.writeInt16LE(Math.round(4000 * Math.sin(at / 3)), header + at * 2);
  return file;
}

/** Drags over a day of the week, from an hour to another. */
async function drag(page: Page, day: number, from: number, until: number): Promise<void> {
  const track = page.locator(`[data-track="${day}"]`);
  await track.scrollIntoViewIfNeeded();
  const box = await track.boundingBox();
  if (!box) throw new Error("the day is not to be seen");
  const x = (hour: number) => box.x + (box.width * hour) / 24 + 1;
  await page.mouse.move(x(from), box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(x(until), box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
}

test("a week is drawn, a holiday is closed, and the hours are opened by hand", async ({ page, rest, signIn, visit }) => {
  await signIn();
  await visit("/business-hours/new");
  await page.getByLabel("Name", { exact: true }).fill("Drawn by hand");
  await drag(page, 5, 10, 14);
  const saturday = page.getByRole("button", { name: "Saturday, 10:00 to 14:00" });
  await expect(saturday).toBeFocused();
  await saturday.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(page.getByRole("button", { name: "Saturday, 10:15 to 14:30" })).toBeFocused();
  await page.getByLabel("Friday: closes at").fill("2am");
  await page.getByLabel("Friday: closes at").press("Enter");
  await page.getByRole("button", { name: "Public holidays…" }).click();
  await page.getByLabel("Country").selectOption({ label: "France" });
  await page.getByRole("button", { name: /^Add \d+ days?$/ }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Create" }).click();
  await told(page, "Drawn by hand was created");
  const id = page.url().split("/").pop();
  const { data } = await rest.get(`/business-hours/${id}`);
  expect(data.schedule.saturday.time_ranges).toMatchObject([{ start_time: "10:15", end_time: "14:30" }]);
  expect(data.schedule.friday.time_ranges).toMatchObject([{ start_time: "09:00", end_time: "02:00" }]);
  expect(data.exceptions.map((one: { name: string }) => one.name)).toContain("Bastille Day");
  await page.getByRole("radiogroup", { name: "Open or close by hand" }).getByText("Closed").click();
  await page.getByLabel("Keep closed").selectOption("hour");
  await page.getByRole("button", { name: "Close now" }).click();
  await expect(page.getByText(/Held closed by hand until/)).toBeVisible();
  expect((await rest.get(`/business-hours/${id}`)).data).toMatchObject({ override: "closed", current_status: "closed" });
});

test("a key of a menu leads somewhere, and a free one says so", async ({ page, rest, signIn, visit, faults }) => {
  // Without a carrier that lists voices, the field of the voice says so.
  faults.allow(/50[23]/);
  await signIn();
  await visit("/ivr-menus/new");
  await page.getByLabel("Name", { exact: true }).fill("By its keys");
  await page.getByLabel("Text", { exact: true }).last().fill("Press five.");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByText("A menu needs a key that leads somewhere.")).toBeVisible();
  await page.getByRole("button", { name: "Key 5 is free" }).click();
  await page.getByRole("button", { name: "Use key 5" }).click();
  await page.getByLabel("Name of the choice").fill("Outside");
  await page.getByLabel("Leads to: kind").selectOption("forward");
  await page.getByLabel("Number to call").fill("+442079460018");
  await expect(page.getByRole("button", { name: /^Key 5: Outside/ })).toHaveAttribute("aria-pressed", "true");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Create" }).click();
  await told(page, "By its keys was created");
  const { data } = await rest.get(`/ivr-menus/${page.url().split("/").pop()}`);
  expect(data).toMatchObject({ tts_text: "Press five.", options: [{ input_digits: "5", description: "Outside", destination_type: "forward", destination_forward_to: "+442079460018" }] });
});

test("a sound is sent, heard, and given another", async ({ page, rest, signIn, visit }) => {
  await signIn();
  await visit("/recordings/new");
  await page.getByText("File", { exact: true }).click();
  await page.locator('input[type="file"]').setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no sound") });
  await expect(page.getByText("This is no MP3 or WAV file.")).toBeVisible();
  await page.locator('input[type="file"]').setInputFiles({ name: "Evening.wav", mimeType: "audio/wav", buffer: tone() });
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Evening");
  await page.getByRole("button", { name: "Add to the library" }).click();
  await told(page, "Evening was created");
  // What was chosen can be heard before it is sent, too.
  await expect(page).toHaveURL(/\/recordings\/\d+$/);
  await page.getByRole("button", { name: "Play Evening" }).click();
  await expect(page.getByRole("slider", { name: "Place in the sound" })).not.toHaveValue("0");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Replace the sound" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator('input[type="file"]').setInputFiles({ name: "Night.wav", mimeType: "audio/wav", buffer: tone() });
  await dialog.getByRole("button", { name: "Replace the sound" }).click();
  await told(page, "Evening has another sound now");
  const { data } = await rest.get(`/recordings/${page.url().split("/").pop()}`);
  expect(data).toMatchObject({ name: "Evening", original_filename: "Night.wav", duration_seconds: 1 });
});
