// Whole journeys in a real browser, against the real binary. `cargo xtask test --tier browser` runs them.

import { defineConfig } from "@playwright/test";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOUND = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const executablePath = process.env["OPBX_CHROMIUM"] ?? FOUND;
const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: "./e2e",
  // Traces and pictures of what failed, outside of what is kept.
  outputDir: fileURLToPath(new URL("../target/e2e", import.meta.url)),
  // Each worker has a server of its own; more than the machine has cores would only wait for each other.
  workers: Number(process.env["OPBX_E2E_WORKERS"] ?? 2),
  fullyParallel: false,
  // A test that holds now and then does not hold.
  retries: 0,
  // Where nothing works at all, that is known soon.
  maxFailures: process.env["CI"] === undefined ? 0 : 10,
  forbidOnly: process.env["CI"] !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    // Debian's own. Its sandbox does not start for root.
    launchOptions: { ...(executablePath ? { executablePath } : {}), chromiumSandbox: !isRoot },
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
    timezoneId: "America/New_York",
    colorScheme: "light",
    reducedMotion: "reduce",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "browser", testMatch: "**/*.spec.ts", grepInvert: /@long/ },
    { name: "long", testMatch: "**/*.spec.ts", grep: /@long/, timeout: 600_000 },
    { name: "shots", testMatch: "shots.ts" },
  ],
});
