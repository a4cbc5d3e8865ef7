// What the app costs a browser, printed as a table: `cargo xtask bench web` builds what is measured and runs this.

import { chromium } from "@playwright/test";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUDGET_KB, firstLoad, total } from "./measure.mjs";

const BINARY = process.env.OPBX_BIN ?? fileURLToPath(new URL("../target/dist/opbx", import.meta.url));
const CHROMIUM = process.env.OPBX_CHROMIUM ?? "/usr/bin/chromium";
const OWNER = { email: "owner@example.com", password: "Figures-of-the-web-7" };
/** Calls of the company's history, spread over a year. */
const CALLS = Number(process.env.OPBX_FIGURES_CALLS ?? 100_000);
/** Loads of each kind, in browsers that know nothing of each other; their median counts. */
const LOADS = 5;
/** A telephone of the middle class is about so much slower than the machine of a developer. */
const SLOWER = 4;
const SCROLL_MS = 10_000;
/** How far a wheel turns at once, and how often. */
const WHEEL = { pixels: 800, every_ms: 60 };
/** No screen shows so many rows without being scrolled. */
const SCREEN_ROWS = 100;
/** A frame that takes longer is seen as a hitch. */
const FRAME_MS_MAX = 50;
/** So long without a long task, and the page listens. */
const QUIET_MS = 1_000;
const PATIENCE_MS = 120_000;

const freePort = () => new Promise((found, failed) => {
  const server = createServer().once("error", failed).listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => found(port));
  });
});

/** Nothing of whoever measures may change what is measured. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("OPBX_")));
const data = mkdtempSync(join(tmpdir(), "opbx-figures-"));
const url = `http://127.0.0.1:${await freePort()}`;

/** Starts the server; what it gives ends it, and waits until it has. */
async function serve() {
  const env = { ...environment, OPBX_LOG: "warn", OPBX_OWNER_EMAIL: OWNER.email, OPBX_OWNER_PASSWORD: OWNER.password, OPBX_API_RATE_PER_MIN: "0", OPBX_LOGIN_RATE_PER_MIN: "0" };
  const child = spawn(BINARY, ["serve", "--demo", "--no-history", "--listen", url.slice("http://".length), "--data", data], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((over) => child.once("exit", over));
  await new Promise((ready, failed) => {
    let text = "";
    child.stdout.on("data", (chunk) => { if ((text += chunk).includes("OPBX is listening on")) ready(); });
    child.once("exit", (code) => failed(new Error(`the server ended with ${code} before it listened`)));
    child.once("error", failed);
  });
  return () => { child.kill("SIGTERM"); return ended; };
}

/** Fills the company's history while nobody is at it. */
function remember() {
  const { status, stderr } = spawnSync(BINARY, ["dev", "history", "--calls", String(CALLS), "--days", "365", "--tenant", "demo", "--data", data, "--force"], { encoding: "utf8", env: environment });
  if (status !== 0) throw new Error(`no history of ${CALLS} calls: ${stderr}`);
}

/** The cookies of one session: whoever signs in again and again is told to wait. */
let session;

/** A browser of its own, with somebody signed in. */
async function signedIn(browser) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...(session ? { storageState: session } : {}) });
  if (session) return context;
  const answer = await context.request.post(`${url}/api/v1/auth/login`, { data: OWNER, headers: { "X-Auth-Mode": "cookie", Origin: url } });
  if (!answer.ok()) throw new Error(`nobody can sign in: ${answer.status()}`);
  session = await context.storageState();
  return context;
}

/** Runs in the page: notes when the first rows are there, and every task that kept the page from listening. */
function watchLoading() {
  window.opbx = { rows: 0, lastTask: 0 };
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.opbx.lastTask = Math.max(window.opbx.lastTask, task.startTime + task.duration);
  }).observe({ type: "longtask", buffered: true });
  new MutationObserver((_, observer) => {
    // Rows that are still awaited lead nowhere.
    if (!document.querySelector("#main tbody td a, #main [role=cell] a")) return;
    window.opbx.rows = performance.now();
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** From the click on a link from elsewhere until rows are shown and the page listens, in ms. */
async function interactive(browser, path, slower) {
  const times = [];
  for (let load = 0; load < LOADS; load += 1) {
    const context = await signedIn(browser);
    const page = await context.newPage();
    if (slower > 1) await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: slower });
    await page.addInitScript(watchLoading);
    await page.goto(url + path);
    await page.waitForFunction((quiet) => window.opbx.rows > 0 && performance.now() - Math.max(window.opbx.rows, window.opbx.lastTask) > quiet, QUIET_MS, { timeout: PATIENCE_MS });
    times.push(await page.evaluate(() => Math.max(window.opbx.rows, window.opbx.lastTask)));
    await context.close();
  }
  return median(times);
}

/** Turns the wheel over the history, and times every frame meanwhile. Nothing, where there is no such room. */
async function scrolled(browser, path) {
  const context = await signedIn(browser);
  const page = await context.newPage();
  await page.addInitScript(watchLoading);
  await page.goto(url + path);
  const hasRows = await page.waitForFunction(() => window.opbx.rows > 0, undefined, { timeout: 15_000 }).then(() => true, () => false);
  if (!hasRows) return undefined;
  await page.evaluate(() => {
    window.opbx.frames = [];
    let last = performance.now();
    const next = (now) => { window.opbx.frames.push(now - last); last = now; requestAnimationFrame(next); };
    requestAnimationFrame(next);
  });
  await page.mouse.move(720, 600);
  const began = Date.now();
  while (Date.now() - began < SCROLL_MS) {
    await page.mouse.wheel(0, WHEEL.pixels);
    await page.waitForTimeout(WHEEL.every_ms);
  }
  const frames = await page.evaluate(() => window.opbx.frames.slice(1));
  const reached = await page.evaluate(() => Math.max(...[...document.querySelectorAll("#main [role=row]")].map((row) => Number(row.getAttribute("aria-rowindex")))));
  if (!(reached > SCREEN_ROWS)) throw new Error(`the wheel was turned and nothing moved: the last row is ${reached}`);
  await context.close();
  return { reached, frames: frames.length, slow: frames.filter((ms) => ms > FRAME_MS_MAX).length, worst: Math.max(...frames) };
}

const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
const ms = (time) => `${Math.round(time)} ms`;

if (!existsSync(BINARY)) throw new Error(`${BINARY} is not built`);
let stop = await serve();
await stop();
remember();
stop = await serve();
const browser = await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: process.getuid?.() !== 0 });
try {
  row("What", "Budget", "Measured");
  row("---", "---", "---");
  const size = total(firstLoad());
  row("JavaScript of the first load, gzipped", `${BUDGET_KB} kB`, `${size.toFixed(1)} kB`);
  row("a list of the demo company, from an address to rows and a page that listens, nothing cached", "1 s", ms(await interactive(browser, "/ring-groups", 1)));
  row(`– the same with a processor ${SLOWER} times slower`, "3 s", ms(await interactive(browser, "/ring-groups", SLOWER)));
  const scroll = await scrolled(browser, "/call-history?view=scroll");
  const told = scroll ? `${scroll.slow} of ${scroll.frames}, the longest ${ms(scroll.worst)}; ${scroll.reached.toLocaleString("en")} rows went by` : "not measured: there is no such room yet";
  row(`a list of ${CALLS.toLocaleString("en")} calls, scrolled for ${SCROLL_MS / 1000} s: frames over ${FRAME_MS_MAX} ms`, "none", told);
} finally {
  await browser.close();
  await stop();
  rmSync(data, { recursive: true, force: true });
}
