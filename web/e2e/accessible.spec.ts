// Every room, wide and narrow, light and dark, can be used by everybody: axe finds nothing serious.

import { expectAccessible, test } from "./fixtures";
import { addressOf, ROOMS } from "./rooms";

const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];

for (const room of ROOMS) {
  test(`${room.name} can be used by everybody`, async ({ page, carrier, rest, signIn, visit }) => {
    const scene = { page, carrier, rest };
    if (!room.open) await signIn();
    const path = await addressOf(room, scene);
    test.skip(path === undefined, "the demo company has nothing to show there");
    if (path === undefined) return;
    await page.setViewportSize(SIZES[0]!);
    await (room.open ? page.goto(path) : visit(path));
    await room.prepare?.(scene);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await expectAccessible(page);
      }
    }
  });
}
