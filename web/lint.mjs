// Says what in `src` breaks the rules of the house: the direction of imports, who may fetch, words without a catalogue, sizes.
//
// app > features > views > fields > ui and api; format and words may be used by all. Features never import each other.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SRC = fileURLToPath(new URL("./src", import.meta.url));
/** What each folder may import, besides itself. */
const BELOW = {
  app: ["app", "features", "views", "fields", "ui", "api", "format", "words"],
  features: ["views", "fields", "ui", "api", "format", "words", "app/feature"],
  views: ["fields", "ui", "api", "format", "words"],
  fields: ["ui", "api", "format", "words"],
  ui: [],
  api: ["words"],
  format: ["words"],
  words: [],
};
/** Lines of a file, tests and catalogues aside. */
const LINES_MAX = 500;

const problems = [];
const files = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
  .map((entry) => relative(SRC, join(entry.parentPath, entry.name)));

for (const file of files) {
  const text = readFileSync(join(SRC, file), "utf8");
  const say = (problem) => problems.push(`src/${file}: ${problem}`);
  const [folder, feature] = file.split("/");
  const isTest = /\.test\.tsx?$/.test(file);
  if (!text.startsWith("// ")) say("begins with no line that says what it is for");
  if (!isTest && text.split("\n").length > LINES_MAX) say(`is longer than ${LINES_MAX} lines: split it by idea`);
  if (!isTest && folder !== "api" && /(?<![\w.])fetch\(|XMLHttpRequest|new WebSocket/.test(text)) say("fetches by itself: only `api` asks the server");
  if (/dangerouslySetInnerHTML/.test(text)) say("writes HTML past React");
  if (isTest) continue;
  for (const [, from] of text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
    const target = from.startsWith("@/") ? from.slice(2) : from.startsWith(".") ? relative(SRC, resolve(SRC, dirname(file), from)) : undefined;
    if (target === undefined) continue;
    const [wanted, other] = target.split("/");
    if (wanted === folder && (folder !== "features" || other === feature)) continue;
    if (wanted === "features" && folder === "features") say(`imports the feature ${other}: features never import each other`);
    else if (!BELOW[folder]?.some((allowed) => target === allowed || target.startsWith(`${allowed}/`))) say(`imports ${target}: ${folder} may import ${BELOW[folder]?.join(", ") || "nothing of ours"}`);
  }
}

/** The keys of a catalogue, in one level. */
function keys(words, prefix = "") {
  return Object.entries(words).flatMap(([name, value]) => (typeof value === "string" ? [prefix + name] : keys(value, `${prefix}${name}.`)));
}

const catalogues = readdirSync(SRC, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name === "en.json");
for (const { parentPath } of catalogues) {
  const read = (language) => JSON.parse(readFileSync(join(parentPath, `${language}.json`), "utf8"));
  const where = relative(SRC, parentPath);
  const [english, french] = [read("en"), read("fr")].map((words) => keys(words));
  // French has a form for millions that English lacks; both have `one` and `other`.
  for (const key of english.filter((key) => !french.includes(key))) problems.push(`src/${where}: fr.json lacks ${key}`);
  for (const key of french.filter((key) => !english.includes(key) && !key.endsWith("_many"))) problems.push(`src/${where}: en.json lacks ${key}`);
  const holders = (text) => [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort().join();
  const at = (words, key) => key.split(".").reduce((part, name) => part?.[name], words);
  const [en, fr] = [read("en"), read("fr")];
  for (const key of english) if (typeof at(fr, key) === "string" && holders(at(en, key)) !== holders(at(fr, key))) problems.push(`src/${where}: ${key} names other things in French`);
  const room = where === "words" ? "app" : where.split("/")[1];
  const folder = where === "words" ? SRC : dirname(parentPath);
  const known = new Set([...english, ...keys(JSON.parse(readFileSync(join(SRC, "words/en.json"), "utf8")))].map((key) => key.replace(/_(one|other|many)$/, "")));
  for (const file of files.filter((file) => (room === "app" ? !file.startsWith("features/") : join(SRC, file).startsWith(folder)))) {
    const text = readFileSync(join(SRC, file), "utf8");
    for (const [, key] of text.matchAll(/(?<![\w.])t\(\s*"([^"]+)"/g)) if (!known.has(key)) problems.push(`src/${file}: no catalogue has "${key}"`);
  }
}

if (problems.length > 0) {
  console.error(problems.join("\n"));
  console.error(`${problems.length} problems`);
  process.exit(1);
}
console.log(`${files.length} files keep to the rules`);
