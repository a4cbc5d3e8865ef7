// Pictures of every room on the demo company, wide and narrow, light and dark. `cargo xtask shots` takes them.

import type { Page } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "./fixtures";
import { addressOf, ROOMS, type Scene, type Shown } from "./rooms";

const FOLDER = process.env["OPBX_SHOTS"] ?? fileURLToPath(new URL("../../target/shots", import.meta.url));
/** Where the README finds its pictures; they are taken where it is named. */
const PICTURES = process.env["OPBX_PICTURES"];
const WIDTHS = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const SCHEMES = ["light", "dark"] as const;
/** As the README shows them. */
const PICTURE = { width: 1280, height: 800 };
const QUALITY = 80;
/** The longest page that is photographed whole. */
const HEIGHT_MAX = 6_000;

async function enter(room: Shown, scene: Scene, visit: (path: string) => Promise<void>): Promise<void> {
  const path = await addressOf(room, scene);
  test.skip(path === undefined, "the demo company has nothing to show there");
  if (path === undefined) return;
  if (room.open) await scene.page.goto(path);
  else await visit(path);
  await room.prepare?.(scene);
  await settled(scene.page);
}

/** Waits until nothing is loaded any more, and letters look as they will. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => document.fonts.ready);
}

// A company without a past looks like nothing.
test.use({ history: true });

for (const room of ROOMS) {
  test(room.name, async ({ page, carrier, rest, signIn, visit }) => {
    mkdirSync(FOLDER, { recursive: true });
    const scene = { page, carrier, rest };
    if (!room.open) await signIn();
    for (const size of WIDTHS) {
      for (const colorScheme of SCHEMES) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme });
        await enter(room, scene, visit);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, `the page is wider than ${size.width} pixels`).toBeLessThanOrEqual(size.width);
        // As on a screen that is tall enough: what sticks to its edges stays there.
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width: size.width, height: Math.min(height, HEIGHT_MAX) });
        await page.screenshot({ path: join(FOLDER, `${room.name}-${size.width}-${colorScheme}.png`) });
      }
    }
    if (PICTURES && room.readme) {
      mkdirSync(PICTURES, { recursive: true });
      await page.setViewportSize(PICTURE);
      await page.emulateMedia({ colorScheme: room.readme });
      await enter(room, scene, visit);
      // Playwright knows no WebP; the browser does.
      const browser = await page.context().newCDPSession(page);
      const { data } = await browser.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
      writeFileSync(join(PICTURES, `${room.name}.webp`), Buffer.from(data, "base64"));
    }
  });
}
