// An installation with everything around it: the real server on a fresh folder, a carrier, and a company in it.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Carrier, DOMAIN, DOMAIN_KEY } from "./carrier";
import { freePort, Program, until } from "./programs";
import { Rest } from "./rest";

export type Role = "owner" | "pbx_admin" | "pbx_user" | "reporter";

export interface Person {
  email: string;
  password: string;
}

/** Of installations that live as long as a test, on this machine alone. */
const PASSWORD = "Browser-tests-7-horses";
export const OWNER: Person = { email: "owner@example.com", password: PASSWORD };

export interface Wishes {
  /** The demo company, connected to the carrier; else an installation that nobody has been at. */
  demo: boolean;
  /** The demo company with a week of past calls behind it. */
  history: boolean;
  /** So many seconds of a call pass in one. */
  speed: number;
  /** A user of an empty installation: without one its password is drawn, as on a first start. */
  owner?: Person;
}

export class Office {
  private server: Program | undefined;
  private readonly asking = new Map<string, Promise<Rest>>();

  private constructor(
    private readonly data: string,
    private readonly port: number,
    readonly carrier: Carrier,
    private readonly wishes: Wishes,
  ) {}

  static async open(wishes: Wishes): Promise<Office> {
    const data = mkdtempSync(join(tmpdir(), "opbx-e2e-"));
    const carrier = await Carrier.start(await freePort(), wishes.speed);
    const office = new Office(data, await freePort(), carrier, wishes);
    try {
      await office.start();
      if (wishes.demo) await office.connect();
      return office;
    } catch (error) {
      await office.close();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The end of what the server has printed. */
  get log(): string {
    return this.server?.log ?? "";
  }

  /** Starts the server, also again after `stop` or `kill`: on the same folder and the same port. */
  async start(): Promise<void> {
    const owner = this.wishes.owner ?? (this.wishes.demo ? OWNER : undefined);
    const env: Record<string, string> = {
      OPBX_LOG: "warn",
      OPBX_CLOUDONIX_URL: this.carrier.url,
      OPBX_OUTGOING_ALLOW: "127.0.0.0/8",
      // How often somebody may ask has tests of its own.
      OPBX_API_RATE_PER_MIN: "0", OPBX_TENANT_RATE_PER_MIN: "0", OPBX_LOGIN_RATE_PER_MIN: "0",
      ...(owner ? { OPBX_OWNER_EMAIL: owner.email, OPBX_OWNER_PASSWORD: owner.password } : {}),
    };
    const args = ["serve", ...(this.wishes.demo ? ["--demo"] : []), ...(this.wishes.demo && !this.wishes.history ? ["--no-history"] : []), "--listen", `127.0.0.1:${this.port}`, "--data", this.data];
    const { program } = await Program.start(args, env, /OPBX is listening on http/);
    this.server = program;
  }

  /** Ends the server at once, as a power cut does. */
  async kill(): Promise<void> {
    await this.server?.stop("SIGKILL");
    this.server = undefined;
  }

  /** Stops the server as a service manager does: it lets its browsers go first, which takes seconds. */
  async stop(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }

  async close(): Promise<void> {
    // Its folder goes with it.
    await this.kill();
    await this.carrier.stop();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** The API, beside the browser; signed in once for each person. */
  rest(person: Person = OWNER): Promise<Rest> {
    const begun = this.asking.get(person.email) ?? Rest.signIn(this.url, person.email, person.password);
    this.asking.set(person.email, begun);
    return begun;
  }

  /** A user with this role, who can sign in at once. */
  person(name: string, role: Role): Person {
    const email = `${name}@example.com`;
    const made = ["user", "create", email, "--name", name, "--role", role, "--data", this.data];
    // More than one tenant, and it must be said whose.
    Program.run(this.wishes.demo ? [...made, "--tenant", "demo"] : made, { OPBX_PASSWORD: PASSWORD });
    return { email, password: PASSWORD };
  }

  /** Whom a first start made, with the password that it drew; none once another was chosen. */
  firstOwner(): Person | undefined {
    const file = join(this.data, "first-password");
    if (!existsSync(file)) return undefined;
    const [email = "", password = ""] = readFileSync(file, "utf8").trim().split("\n");
    return { email, password };
  }

  /** A command of the binary on this installation's data. */
  run(...args: string[]): string {
    return Program.run([...args, "--data", this.data]);
  }

  /** Tells the company its carrier, and the carrier the company. */
  private async connect(): Promise<void> {
    const rest = await this.rest();
    await rest.put("/settings/cloudonix", {
      domain_uuid: this.carrier.uuid, domain_name: DOMAIN, domain_api_key: DOMAIN_KEY, webhook_base_url: this.url,
      no_answer_timeout: 60, recording_format: "mp3",
    });
    await until("the carrier is set up", () => rest.get("/settings/cloudonix"), ({ settings }) => settings.sync_state === "synced");
  }
}
