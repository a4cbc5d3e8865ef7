// The call that somebody wants to know about: as it stands in the URL, and as the server is asked.

import type { CallCheck, NewOf } from "@/api/catalogue";
import type { paths } from "@/api/schema";
import { instantOf } from "@/format/zones";

export const DIRECTIONS = ["inbound", "subscriber", "application", "outbound"] as const;
export type Direction = (typeof DIRECTIONS)[number];
export const ANSWERS = ["no", "yes", "busy", "fails"] as const;
export type Answer = (typeof ANSWERS)[number];
export const KEYS_MAX = 50;
export const KEYS_PATTERN = /^[0-9*#]{0,16}$/;
/** In the URL: a question at which nothing is pressed. */
const WAITS = "-";
/** As long a message as the server takes where nobody says. */
export const MESSAGE_S = 10;
export const MESSAGE_MAX_S = 3600;

export interface Asked {
  from: string;
  to: string;
  /** Undefined: from a phone where an extension calls, else from outside. */
  direction: Direction | undefined;
  /** What a clock in the zone shows: `2026-12-24T18:05`. Undefined is now. */
  at: string | undefined;
  /** Undefined is the company's. */
  zone: string | undefined;
  keys: string[];
  /** By telephone; the others are not answered. */
  answers: Record<string, Answer>;
  /** Seconds of the message that the caller leaves; null leaves none. */
  message: number | null;
}

type Query = Record<string, string | undefined>;

export function readAsked(query: Query): Asked {
  const answers = (query["answers"] ?? "").split(",").map((one) => one.split(":")).filter(([phone, answer]) => phone && ANSWERS.includes(answer as Answer));
  const message = query["message"] === undefined ? MESSAGE_S : Number(query["message"]);
  return {
    from: numberOf(query["from"]),
    to: numberOf(query["to"]),
    direction: DIRECTIONS.find((one) => one === query["direction"]),
    at: /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(query["at"] ?? "") ? query["at"] : undefined,
    zone: query["zone"] || undefined,
    keys: query["keys"] === undefined ? [] : query["keys"].split(",").map((one) => (one === WAITS ? "" : one)).filter((one) => KEYS_PATTERN.test(one)).slice(0, KEYS_MAX),
    answers: Object.fromEntries(answers) as Record<string, Answer>,
    message: Number.isInteger(message) && message > 0 && message <= MESSAGE_MAX_S ? message : message === 0 ? null : MESSAGE_S,
  };
}

/** A plus that nobody wrote in code comes as a space. */
function numberOf(text: string | undefined): string {
  return text?.startsWith(" ") ? `+${text.trim()}` : (text ?? "").trim();
}

/** What is as usual is not written. */
export function writeAsked(asked: Asked): Query {
  const told = Object.entries(asked.answers).filter(([, answer]) => answer !== "no");
  return {
    from: asked.from || undefined,
    to: asked.to || undefined,
    direction: asked.direction,
    at: asked.at,
    zone: asked.at ? asked.zone : undefined,
    keys: asked.keys.length > 0 ? asked.keys.map((one) => one || WAITS).join(",") : undefined,
    answers: told.length > 0 ? told.map(([phone, answer]) => `${phone}:${answer}`).join(",") : undefined,
    message: asked.message === null ? "0" : asked.message === MESSAGE_S ? undefined : String(asked.message),
  };
}

type Wanted = NewOf<"/api/v1/simulate">;
export type Simulated = NonNullable<paths["/api/v1/simulate"]["post"]["responses"][200]["content"]["application/json"]>["data"];
export type Said = Simulated["sentences"][number];
export type Stop = Simulated["way"][number];

export function toWanted(asked: Asked, companyZone: string): Wanted {
  return {
    from: asked.from,
    to: asked.to,
    direction: asked.direction ?? null,
    ...(asked.at && { at: instantOf(asked.at, asked.zone ?? companyZone).toISOString() }),
    keys: asked.keys,
    answers: asked.answers,
    message: asked.message,
  };
}

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export function weekdayOf(wall: string): Weekday {
  return WEEKDAYS[(new Date(`${wall.slice(0, 10)}T00:00:00Z`).getUTCDay() + 6) % 7] as Weekday;
}

/** When a check is about: each run's own moment, a weekday and a time of day, or one moment. */
export type Moment = { kind: "run" } | { kind: "weekly"; weekday: Weekday; time: string; zone: string | null } | { kind: "once"; at: string; zone: string };

export function momentBody(moment: Moment): Pick<NewOf<"/api/v1/call-checks">, "at" | "weekly"> {
  if (moment.kind === "weekly") return { weekly: { weekday: moment.weekday, time: moment.time, time_zone: moment.zone } };
  if (moment.kind === "once") return { at: instantOf(moment.at, moment.zone).toISOString() };
  return { at: null, weekly: null };
}

/** The URL that tests a check's call by hand. One of each week is tested at its next day. */
export function askedOf(check: CallCheck, wallOf: (at: string) => string, next: (weekday: Weekday) => string): Asked {
  const { weekly } = check;
  return {
    from: check.from,
    to: check.to,
    direction: check.direction ?? undefined,
    at: weekly ? `${next(weekly.weekday)}T${weekly.time}` : check.at ? wallOf(check.at) : undefined,
    zone: weekly?.time_zone ?? undefined,
    keys: check.keys,
    answers: (check.answers ?? {}) as Record<string, Answer>,
    message: check.message,
  };
}

/** The next day of that name after a day: `2026-11-23` for Monday on a Sunday. */
export function nextDay(weekday: Weekday, today: string): string {
  const day = new Date(`${today}T00:00:00Z`);
  do day.setUTCDate(day.getUTCDate() + 1);
  while (WEEKDAYS[(day.getUTCDay() + 6) % 7] !== weekday);
  return day.toISOString().slice(0, 10);
}

