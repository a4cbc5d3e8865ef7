// The fake Cloudonix: calls that ask OPBX where they go, and do what it says. Who does what is told beforehand.

import { Program } from "./programs";
import type { Json } from "./rest";

export const DOMAIN = "demo.cloudonix.example";
export const DOMAIN_KEY = "XI-domain-key-of-the-browser-tests";

/** How a conversation ends. */
export type Talk =
  | "short"
  /** Nobody hangs up: the call waits for what the app says of it. */
  | "until_told"
  | { phone_leaves: { after_s: number } }
  | { caller_leaves: { after_s: number } }
  | { transfers: { after_s: number; to: string } };

/** What a phone does when it rings. */
export type Phone = "busy" | "no_answer" | "unreachable" | { answers: { after_s: number; talk: Talk } } | { rejects: { after_s: number } };

export interface Caller {
  name?: string;
  /** What is answered to the first question, the second, and so on. */
  replies?: ({ keys: string } | { speech: string } | "silence" | "hangs_up")[];
  /** What is left where a recording is made. */
  message?: { length_s: number; key?: [string, number]; hangs_up?: boolean };
  hangs_up_after_s?: number;
  stays_s?: number;
}

export interface Call {
  origin?: "inbound";
  from: string;
  to: string;
  caller?: Caller;
  /** By what is dialled: an extension, or a number outside. */
  phones?: Record<string, Phone>;
  /** What every other phone does; where nothing is said, it rings until whoever dialled it gives up. */
  others?: Phone;
}

/** A call that is over. */
export interface Played {
  callId: string;
  disposition: string;
  duration: number;
  billsec: number;
  /** What OPBX said that Cloudonix would not take. */
  faults: string[];
  transcript: string;
}

/** A phone that answers, and talks on until somebody ends it. */
export function answers(after_s: number, talk: Talk = "until_told"): Phone {
  return { answers: { after_s, talk } };
}

export class Carrier {
  private constructor(private readonly program: Program, readonly url: string, readonly uuid: string) {}

  /** Starts it. So many seconds of a call pass in one. */
  static async start(port: number, speed: number): Promise<Carrier> {
    const url = `http://127.0.0.1:${port}`;
    const args = ["dev", "cloudonix", "--listen", `127.0.0.1:${port}`, "--domain", DOMAIN, "--key", DOMAIN_KEY, "--speed", String(speed)];
    const { program, caught } = await Program.start(args, {}, /domain UUID\s+(\S+)/);
    return new Carrier(program, url, caught[1] ?? "");
  }

  /** Plays a call from outside. The promise is kept when it is over; what happens meanwhile is seen in the app. */
  async call({ from, to, caller = {}, phones = {}, others }: Call): Promise<Played> {
    const script = { caller, phones, ...(others === undefined ? {} : { others }) };
    const body = JSON.stringify({ domain: DOMAIN, call: { origin: "inbound", from, to, script } });
    const answer = await fetch(`${this.url}/fake/calls`, { method: "POST", headers: { "content-type": "application/json" }, body });
    if (!answer.ok) throw new Error(`the fake Cloudonix answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Played;
  }

  /** What OPBX did so far that Cloudonix would not take. */
  async faults(): Promise<string[]> {
    const answer = (await (await fetch(`${this.url}/fake/faults`)).json()) as Json;
    return answer.faults;
  }

  stop(): Promise<void> {
    // It judges itself on Ctrl-C; its faults were asked for.
    return this.program.stop("SIGINT");
  }
}
