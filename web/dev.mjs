// `cargo xtask dev`: the demo company, a carrier that calls it, and Vite in front of both. One address; Ctrl-C ends all.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const WEB = fileURLToPath(new URL(".", import.meta.url));
const TARGET = fileURLToPath(new URL("../target", import.meta.url));
const BINARY = process.env.OPBX_BIN ?? join(TARGET, "debug/opbx");
const PORT = process.env.OPBX_DEV_PORT ?? "5173";
const DATA = join(TARGET, "demo");
/** What they would print beside the one address. */
const LOGS = join(TARGET, "dev");
/** How long they are waited for before they are killed. */
const PATIENCE_MS = 15_000;

const running = new Map();
let ending = false;

/** Starts a program, whose end is the end of all. */
function start(name, program, args, options) {
  const child = spawn(program, args, options);
  running.set(name, child);
  child.once("error", (error) => end(`${name} cannot start: ${error.message}`));
  child.once("exit", (code, signal) => {
    running.delete(name);
    if (!ending) end(`${name} ended with ${code ?? signal}; see ${LOGS}`);
    else if (running.size === 0) process.exit();
  });
  return child;
}

function end(why) {
  if (ending) return;
  ending = true;
  if (why) {
    console.error(why);
    process.exitCode = 1;
  }
  if (running.size === 0) process.exit();
  for (const child of running.values()) child.kill("SIGINT");
  setTimeout(() => { for (const child of running.values()) child.kill("SIGKILL"); }, PATIENCE_MS).unref();
}

// A terminal tells its whole group of Ctrl-C, the children too; this one stays until they are gone.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end());

function freePort() {
  return new Promise((found, failed) => {
    const server = createServer().once("error", failed).listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

/** Waits for what a program prints. */
function printed(child, pattern) {
  return new Promise((found) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const match = pattern.exec(text);
      if (match) found(match);
    });
  });
}

/** OPBX refuses a variable that it does not know, and these speak to this program. */
const { OPBX_BIN: _bin, OPBX_DEV_PORT: _port, ...environment } = process.env;

mkdirSync(LOGS, { recursive: true });
const log = (name) => openSync(join(LOGS, `${name}.log`), "w");
const [inner, engine] = [await freePort(), await freePort()];
const server = `http://127.0.0.1:${inner}`;

const opbx = start("opbx", BINARY, ["serve", "--demo", "--listen", `127.0.0.1:${inner}`, "--data", DATA, ...process.argv.slice(2)], {
  env: { ...environment, OPBX_CLOUDONIX_URL: `http://127.0.0.1:${engine}`, OPBX_OUTGOING_ALLOW: process.env.OPBX_OUTGOING_ALLOW ?? "127.0.0.0/8" },
  stdio: ["ignore", "pipe", "inherit"],
});
const [, key] = await printed(opbx, /Authorization: Bearer ([^']+)'[\s\S]*OPBX is listening on http/);
const carrier = ["dev", "cloudonix", "--listen", `127.0.0.1:${engine}`, "--app", server, "--requests-key", key];
start("the fake Cloudonix", BINARY, carrier, { env: environment, stdio: ["ignore", log("cloudonix"), "inherit"] });
start("Vite", join(WEB, "node_modules/.bin/vite"), ["--host", "127.0.0.1", "--port", PORT, "--clearScreen", "false", "--logLevel", "warn"], {
  cwd: WEB, env: { ...process.env, OPBX_URL: server }, stdio: ["ignore", "inherit", "inherit"],
});

const first = join(DATA, "first-password");
const [email, password] = existsSync(first) ? readFileSync(first, "utf8").split("\n") : [];
const call = { domain: "demo.cloudonix.example", call: { origin: "inbound", from: "+442079460018", to: "+12125550101", script: { phones: { 1001: { answers: { after_s: 5, talk: { phone_leaves: { after_s: 30 } } } } } } } };
console.log(`
  http://127.0.0.1:${PORT}
${email ? `\n  The owner ${email} signs in with ${password} the first time.\n` : ""}
  Somebody calls Sales, and Alice answers:

  curl -sS http://127.0.0.1:${engine}/fake/calls -H 'Content-Type: application/json' -d '${JSON.stringify(call)}'
`);
