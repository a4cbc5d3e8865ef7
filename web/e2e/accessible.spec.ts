// Every screen, wide in the light and narrow in the dark, can be used by everybody: axe finds nothing serious.

import { expectAccessible, test } from "./fixtures";
import { addressOf, ROOMS } from "./rooms";

/** Each width in one light: what differs between them is where things are, and which colours. */
const LOOKS = [
  { size: { width: 1440, height: 900 }, colorScheme: "light" },
  { size: { width: 390, height: 844 }, colorScheme: "dark" },
] as const;

/** The tallest screen. */
const HEIGHT_MAX = 6_000;

// A company without a past has no call to look at.
test.use({ history: true });

for (const room of ROOMS) {
  test(`${room.name} can be used by everybody`, async ({ page, carrier, rest, signIn, visit }) => {
    const scene = { page, carrier, rest };
    if (!room.open) await signIn();
    const path = await addressOf(room, scene);
    test.skip(path === undefined, "the demo company has nothing to show there");
    if (path === undefined) return;
    await (room.open ? page.goto(path) : visit(path));
    await room.prepare?.(scene);
    for (const { size, colorScheme } of LOOKS) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      // What sticks to the edge of a screen covers nothing where the screen is tall enough, and all of the page is judged.
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ width: size.width, height: Math.min(height, HEIGHT_MAX) });
      await expectAccessible(page);
    }
  });
}
