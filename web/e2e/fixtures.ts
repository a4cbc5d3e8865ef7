// What every journey begins with: an office of the worker's own, a watched browser, and somebody signed in.

import { type BrowserContext, expect, test as base, type Page } from "@playwright/test";
import type { Carrier } from "./carrier";
import { Faults } from "./faults";
import { Office, OWNER, type Person, type Wishes } from "./office";
import type { Rest } from "./rest";

export { expectAccessible } from "./accessible";
export { answers } from "./carrier";
export { OWNER } from "./office";
export { until } from "./programs";
export { expect };
export type { Office, Page, Person, Rest };

interface Worker {
  /** So many seconds of a call pass in one: slow enough to be looked at, fast enough to wait for. */
  speed: number;
  /** Whether the demo company has a week of past calls. */
  history: boolean;
  /** The demo company, connected to its carrier. Tests of one worker share it, one after the other. */
  office: Office;
}

interface Test {
  /** What goes wrong unseen fails the test, unless it is allowed. */
  faults: Faults;
  carrier: Carrier;
  /** The API, as the owner. */
  rest: Rest;
  /** Signs somebody in, by the cookie of this browser. */
  signIn: (person?: Person, page?: Page, url?: string) => Promise<void>;
  /** Goes to a room as whoever is signed in, and waits until the page hears what happens. */
  visit: (path: string, page?: Page) => Promise<void>;
  /** Another installation of this test's own. */
  open: (wishes: Partial<Wishes>) => Promise<Office>;
  /** Another browser, which knows nothing of the first. */
  another: (options?: Parameters<import("@playwright/test").Browser["newContext"]>[0]) => Promise<Page>;
}

export const test = base.extend<Test, Worker>({
  speed: [3, { option: true, scope: "worker" }],
  history: [false, { option: true, scope: "worker" }],
  office: [
    async ({ speed, history }, use) => {
      const office = await Office.open({ demo: true, history, speed });
      await use(office);
      await office.close();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ office }, use) => use(office.url),
  faults: [
    async ({ context, carrier, office }, use, test) => {
      const faults = new Faults();
      await faults.watch(context);
      await use(faults);
      // Where a test failed, the server may know why, or have ended.
      if (test.status !== test.expectedStatus) await test.attach("server", { body: office.log, contentType: "text/plain" });
      expect(faults.all, faults.all.join("\n")).toEqual([]);
      expect(await carrier.faults(), "the carrier was told what it would not take").toEqual([]);
    },
    { auto: true },
  ],
  carrier: async ({ office }, use) => use(office.carrier),
  rest: async ({ office }, use) => use(await office.rest()),
  signIn: async ({ context, office }, use) => {
    await use(async (person = OWNER, page, url = office.url) => signIn(page?.context() ?? context, url, person));
  },
  visit: async ({ page: first }, use) => {
    await use((path, page = first) => visit(page, path));
  },
  open: async ({}, use) => {
    const offices: Office[] = [];
    await use(async (wishes) => {
      const office = await Office.open({ demo: false, history: false, speed: 3, ...wishes });
      offices.push(office);
      return office;
    });
    for (const office of offices) await office.close();
  },
  another: async ({ browser, office, faults }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL: office.url, ...options });
      contexts.push(context);
      await faults.watch(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
});

/** Sessions that were begun: whoever signs in too often at one account is told to wait. */
const sessions = new Map<string, Awaited<ReturnType<BrowserContext["cookies"]>>>();

/** Signs in without the form: the form has a test of its own. */
export async function signIn(context: BrowserContext, url: string, person: Person): Promise<void> {
  const key = `${url} ${person.email}`;
  const begun = sessions.get(key);
  if (begun) return context.addCookies(begun);
  const answer = await context.request.post(`${url}/api/v1/auth/login`, {
    data: { email: person.email, password: person.password },
    headers: { "X-Auth-Mode": "cookie", Origin: url },
  });
  expect(answer.status(), await answer.text()).toBe(200);
  sessions.set(key, await context.cookies(url));
}

/** Waits until the page says something at its edge. */
export async function told(page: Page, text: string | RegExp): Promise<void> {
  // It is said twice: to those who look and to those who listen.
  await expect(page.getByText(text).first()).toBeVisible();
}

/** How long a page may take to load and to connect on a machine that has much else to do. */
const CONNECT_MS = 30_000;

export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  // The mark in the frame of every room says whether the live channel is there.
  await expect(page.locator("[data-live=live]")).toBeAttached({ timeout: CONNECT_MS });
}
