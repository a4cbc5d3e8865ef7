// Lays a compressed copy beside each file of the build that gains by it, so that the server compresses nothing.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const FOLDER = new URL("./dist", import.meta.url).pathname;
/** Files of these kinds are text; pictures and fonts are compressed already. */
const TEXT = /\.(js|css|svg|json|webmanifest|map)$/;
/** What fits into one packet anyway gains nothing. */
const BYTES_MIN = 1024;

for (const entry of readdirSync(FOLDER, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !TEXT.test(path)) continue;
  const content = readFileSync(path);
  if (content.length < BYTES_MIN) continue;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
  writeFileSync(`${path}.br`, brotliCompressSync(content, quality));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}
