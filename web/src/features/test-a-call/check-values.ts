// What the form of a call check holds, and how the API says the same.

import { z } from "zod";
import type { CallCheck, NewOf } from "@/api/catalogue";
import { wallTime } from "@/format/zones";
import { type Answer, ANSWERS, DIRECTIONS, KEYS_MAX, KEYS_PATTERN, MESSAGE_MAX_S, MESSAGE_S, type Moment, momentBody, WEEKDAYS } from "./call";

export const schema = z.object({
  name: z.string().trim().min(1, "problems.required").max(100, "problems.long"),
  from: z.string().trim().max(128, "problems.long"),
  to: z.string().trim().min(1, "problems.required").max(128, "problems.long"),
  direction: z.enum(DIRECTIONS).nullable(),
  moment: z
    .object({ kind: z.enum(["run", "weekly", "once"]), weekday: z.enum(WEEKDAYS), time: z.string(), zone: z.string().nullable(), at: z.string() })
    .refine(({ kind, time }) => kind !== "weekly" || /^\d\d:\d\d$/.test(time), { path: ["time"], message: "problems.required" })
    .refine(({ kind, at }) => kind !== "once" || /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(at), { path: ["at"], message: "problems.required" }),
  keys: z.array(z.string().regex(KEYS_PATTERN, "test-a-call:bad_keys")).max(KEYS_MAX, "problems.long"),
  answers: z.record(z.string(), z.enum(ANSWERS)),
  message: z.number("problems.number").int("problems.number").min(1, "problems.range").max(MESSAGE_MAX_S, "problems.range").nullable(),
  status: z.enum(["active", "inactive"]),
});
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = {
  name: "", from: "", to: "", direction: null, moment: { kind: "weekly", weekday: "monday", time: "10:00", zone: null, at: "" }, keys: [], answers: {}, message: MESSAGE_S, status: "active",
};

/** The API takes moments as people of the company say them, too: without an offset. */
export function wallOf(at: string, zone: string): string {
  return /(Z|[+-]\d\d:?\d\d)$/.test(at) ? wallTime(new Date(at), zone) : at.slice(0, 16).replace(" ", "T");
}

export function toValues(check: CallCheck, zone: string): Values {
  const { weekly, at } = check;
  return {
    name: check.name,
    from: check.from,
    to: check.to,
    direction: check.direction ?? null,
    moment: {
      kind: weekly ? "weekly" : at ? "once" : "run",
      weekday: weekly?.weekday ?? EMPTY.moment.weekday,
      time: weekly?.time ?? EMPTY.moment.time,
      zone: weekly?.time_zone ?? null,
      at: at ? wallOf(at, zone) : "",
    },
    keys: check.keys,
    answers: (check.answers ?? {}) as Record<string, Answer>,
    message: check.message,
    status: check.status,
  };
}

export function toBody({ moment, ...values }: Values, zone: string): NewOf<"/api/v1/call-checks"> {
  return { ...values, ...momentBody(momentOf(moment, zone)) };
}

function momentOf({ kind, weekday, time, zone, at }: Values["moment"], company: string): Moment {
  if (kind === "weekly") return { kind, weekday, time, zone };
  return kind === "once" ? { kind, at, zone: company } : { kind };
}

/** The form's fields for those of the API. */
export const NAMES: Record<string, string> = { at: "moment.at", weekly: "moment.kind", "weekly.time": "moment.time", "weekly.time_zone": "moment.zone", "weekly.weekday": "moment.weekday" };
