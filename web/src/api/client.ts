// The only place from which OPBX is asked: typed by the contract, strict, and safe to repeat.

import createFetch, { type Client, type ClientOptions, type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

/** A refusal as the server words it. `errors` has sentences by field. */
export type Problem = components["schemas"]["Problem"];

/** Whose requests they are: a program's by its token, or those of a page by the browser's cookies. */
export type Identity = { token: string | (() => string | undefined) } | { cookies: true };

export type Options = Omit<ClientOptions, "headers"> & { identity?: Identity };

/** A refusal, thrown by `answered`. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** How long to wait before another try, where the server says so. */
    readonly retryAfterS: number | undefined,
  ) {
    super(problem.message);
    this.name = "Refused";
  }

  /** What is wrong with one field, as a person reads it. */
  of(field: string): string[] {
    return this.problem.errors?.[field] ?? [];
  }
}

const CSRF_COOKIE = "XSRF-TOKEN";
const SAFE = ["GET", "HEAD", "OPTIONS"];

/** A client of the API at `baseUrl`; a page's own origin by default. */
export function createClient({ identity, ...options }: Options = {}): Client<paths> {
  const byCookies = identity !== undefined && "cookies" in identity;
  const client = createFetch<paths>({ baseUrl: "/", credentials: byCookies ? "same-origin" : "omit", ...options });
  client.use(headers(identity));
  return client;
}

/** The data of an answer; throws `Refused` where there is none to give. */
export async function answered<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<NonNullable<T>> {
  const { data, error, response } = await asked;
  if (!response.ok) throw new Refused(response.status, problemOf(error, response), retryAfter(response));
  return data as NonNullable<T>;
}

/** The version of an answer, for `If-Match`: a write that brings it is refused where somebody else was faster. */
export function versionOf(response: Response): string | undefined {
  return response.headers.get("etag") ?? undefined;
}

function headers(identity: Identity | undefined): Middleware {
  return {
    onRequest({ request }) {
      const set = (name: string, value: string) => {
        if (!request.headers.has(name)) request.headers.set(name, value);
      };
      // A misspelt field shall be a refusal, not a silence.
      set("Prefer", "handling=strict");
      if (request.method === "POST") set("Idempotency-Key", crypto.randomUUID());
      const language = pageLanguage();
      if (language) set("Accept-Language", language);
      if (identity === undefined) return request;
      if ("token" in identity) {
        const token = typeof identity.token === "function" ? identity.token() : identity.token;
        if (token) set("Authorization", `Bearer ${token}`);
      } else {
        set("X-Auth-Mode", "cookie");
        const proof = SAFE.includes(request.method) ? undefined : cookie(CSRF_COOKIE);
        if (proof) set("X-CSRF-Token", proof);
      }
      return request;
    },
  };
}

/** What shows that a request comes from this page and from no other. */
export function proofOf(): string | undefined {
  return cookie(CSRF_COOKIE);
}

/** What the server says is read beside the page's own words. */
export function pageLanguage(): string {
  return typeof document === "undefined" ? "" : document.documentElement.lang;
}

function cookie(name: string): string | undefined {
  const pairs = typeof document === "undefined" ? [] : document.cookie.split(";");
  const pair = pairs.map((text) => text.trim().split("=")).find(([known]) => known === name);
  return pair?.slice(1).join("=");
}

/** Whatever stands between may answer in the server's place, and in no shape of ours. */
function problemOf(error: unknown, response: Response): Problem {
  if (typeof error === "object" && error !== null && "message" in error) return error as Problem;
  const request_id = response.headers.get("x-request-id") ?? "";
  return { message: `${response.status} ${response.statusText}`.trim(), request_id };
}

function retryAfter(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}
