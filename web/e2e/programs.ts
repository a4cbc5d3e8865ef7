// Programs that live as long as their test: the real binary, on ports of its own.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../../target/debug/opbx", import.meta.url));
/** What is tested: the binary that `cargo xtask` has just built. */
export const BINARY = process.env["OPBX_BIN"] ?? BUILT;
/** How long a program may take to start or to stop on a busy machine. */
const PATIENCE_MS = 60_000;
/** How much of what a program printed is shown when it ends too early. */
const SHOWN_CHARS = 4_000;

/** Nothing of the tester's own environment may change what a program does. */
function environment(own: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("OPBX_"));
  return { ...Object.fromEntries(kept), ...own };
}

/** Whatever runs now: a run that is broken off leaves none of it behind. */
const running = new Set<ChildProcess>();
process.once("exit", () => { for (const child of running) child.kill("SIGKILL"); });

export class Program {
  private printed = "";

  private constructor(private readonly child: ChildProcess) {
    running.add(child);
    child.once("exit", (code, signal) => {
      running.delete(child);
      this.printed += `\nended with ${code ?? signal}\n`;
    });
    const note = (chunk: Buffer) => { this.printed = (this.printed + chunk.toString()).slice(-SHOWN_CHARS); };
    child.stdout?.on("data", note);
    child.stderr?.on("data", note);
  }

  /** Starts the binary, and waits for a line of what it prints; what the pattern catches is given. */
  static async start(args: string[], env: Record<string, string>, ready: RegExp): Promise<{ program: Program; caught: string[] }> {
    const program = new Program(spawn(BINARY, args, { env: environment(env), stdio: ["ignore", "pipe", "pipe"] }));
    const began = Date.now();
    for (;;) {
      const found = ready.exec(program.printed);
      if (found) return { program, caught: [...found] };
      const { exitCode, signalCode } = program.child;
      if (exitCode !== null || signalCode !== null) throw new Error(`opbx ${args.join(" ")} ended with ${exitCode ?? signalCode}:\n${program.printed}`);
      if (Date.now() - began > PATIENCE_MS) {
        await program.stop();
        throw new Error(`opbx ${args.join(" ")} did not say that it is ready:\n${program.printed}`);
      }
      await pause(20);
    }
  }

  /** Runs the binary to its end, and gives what it printed. */
  static run(args: string[], env: Record<string, string> = {}): string {
    const ended = spawnSync(BINARY, args, { env: environment(env), encoding: "utf8", timeout: PATIENCE_MS });
    if (ended.status !== 0) throw new Error(`opbx ${args.join(" ")} ended with ${ended.status}:\n${ended.stdout}${ended.stderr}`);
    return ended.stdout;
  }

  /** The end of what it has printed so far. */
  get log(): string {
    return this.printed;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks until the answer is as wanted; the time that it may take is bounded. */
export async function until<T>(what: string, ask: () => Promise<T>, is: (answer: T) => boolean): Promise<T> {
  const began = Date.now();
  for (;;) {
    const answer = await ask();
    if (is(answer)) return answer;
    if (Date.now() - began > PATIENCE_MS) throw new Error(`it never came that ${what}; the last answer: ${JSON.stringify(answer)}`);
    await pause(100);
  }
}
