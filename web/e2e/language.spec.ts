// French, everywhere: no key that nobody translated, and no word that was left in English.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "./fixtures";
import { addressOf, ROOMS } from "./rooms";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** Sentences of the English catalogues that French does not share: long enough not to be a name. */
function english(): string[] {
  const texts = (path: string) => leaves(JSON.parse(readFileSync(path, "utf8")));
  const folders = [`${SRC}/words`, ...readdirSync(`${SRC}/features`).map((feature) => `${SRC}/features/${feature}/words`)];
  const [en, fr] = ["en", "fr"].map((language) => folders.flatMap((folder) => texts(`${folder}/${language}.json`)));
  const shared = new Set(fr);
  return (en ?? []).filter((text) => text.length >= 12 && text.includes(" ") && !text.includes("{{") && !shared.has(text));
}

function leaves(words: object): string[] {
  return Object.values(words).flatMap((value) => (typeof value === "string" ? [value] : leaves(value as object)));
}

test("every room speaks French @long", async ({ page, carrier, rest, signIn, visit }) => {
  // What the company calls its own things, it may call in any language.
  const own = JSON.stringify(await rest.get("/configuration/export"));
  const sentences = english().filter((sentence) => !own.includes(sentence));
  expect(sentences.length).toBeGreaterThan(300);
  await page.addInitScript(() => localStorage.setItem("opbx.language", "fr"));
  await signIn();
  const found: string[] = [];
  for (const room of ROOMS.filter(({ open }) => !open)) {
    const path = await addressOf(room, { page, carrier, rest });
    if (!path) continue;
    await visit(path);
    await page.waitForLoadState("networkidle");
    const text = await page.locator("body").innerText();
    for (const sentence of sentences) if (text.includes(sentence)) found.push(`${path}: “${sentence}” is English`);
    for (const [key] of text.matchAll(/\b[a-z_-]+(?::|\.)[a-z_]+(?:\.[a-z_]+)+\b/g)) if (!/\d|example|opbx|\.(?:io|com)$/.test(key)) found.push(`${path}: ${key} looks like a key`);
  }
  expect(found, found.join("\n")).toEqual([]);
});
