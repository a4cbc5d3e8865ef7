// How much JavaScript a browser loads before it shows the first screen: what the page names, and what that imports.

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const DIST = fileURLToPath(new URL("./dist", import.meta.url));
/** As people count it: a kB is a thousand bytes. */
export const BUDGET_KB = 250;

/** Files of the first load with their sizes in bytes, the largest first. What is loaded on demand is not among them. */
export function firstLoad(dist = DIST) {
  const page = readFileSync(join(dist, "index.html"), "utf8");
  const named = [...page.matchAll(/<(script|link)\b[^>]*>/g)]
    .map(([tag]) => tag)
    .filter((tag) => /^<script/.test(tag) || /rel="?modulepreload/.test(tag))
    .map((tag) => /\b(?:src|href)="([^"]+)"/.exec(tag)?.[1])
    .filter((path) => path !== undefined)
    .map((path) => resolve(dist, `.${path}`));
  const found = new Map();
  const waiting = [...named];
  while (waiting.length > 0) {
    const path = waiting.pop();
    if (found.has(path)) continue;
    const code = readFileSync(path);
    found.set(path, { path: path.slice(dist.length + 1), bytes: code.length, gzipped: gzipSync(code, { level: 9 }).length });
    // `import("…")` waits for somebody to enter a room; `import "…"` and `from "…"` do not.
    for (const [, from] of code.toString().matchAll(/(?:\bfrom|\bimport)\s*"(\.{1,2}\/[^"]+\.js)"/g)) waiting.push(resolve(dirname(path), from));
  }
  return [...found.values()].sort((a, b) => b.gzipped - a.gzipped);
}

/** What all of it comes to, in kB. */
export function total(files) {
  return files.reduce((sum, { gzipped }) => sum + gzipped, 0) / 1000;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = firstLoad();
  if (files.length === 0) throw new Error("the page loads no script: what is measured is not there");
  for (const { path, gzipped } of files) console.log(`${(gzipped / 1000).toFixed(1).padStart(8)} kB  ${path}`);
  const size = total(files);
  console.log(`${size.toFixed(1).padStart(8)} kB of JavaScript at first, gzipped; the budget is ${BUDGET_KB} kB`);
  if (size > BUDGET_KB) process.exitCode = 1;
}
