// What the form of a schedule holds, and how the API says the same.

import { z } from "zod";
import type { NewOf, Schedule } from "@/api/catalogue";
import { type Destination, HANGUP, TARGET_KINDS, type TargetKind } from "@/fields/destination";
import { kindOf } from "@/fields/destination-values";
import { joined, rangeOf, WEEKDAYS, wordsOf } from "@/views/hours/times";

/** As the API takes them. */
export const RANGES_MAX = 20;
export const EXCEPTIONS_MAX = 100;
export const EXCEPTION_NAME_MAX = 255;

const range = z.object({ start: z.number(), end: z.number() });
const ranges = z.array(range).max(RANGES_MAX, "business-hours:many_ranges");

const destination = z
  .object({ type: z.enum(TARGET_KINDS), id: z.number().nullable(), to: z.string().nullable() })
  .refine(({ type, id }) => type === "hangup" || type === "forward" || id !== null, { path: ["id"], message: "problems.choose" })
  .refine(({ type, to }) => type !== "forward" || Boolean(to), { path: ["to"], message: "problems.phone" });

const exception = z.object({ date: z.string(), name: z.string(), type: z.enum(["closed", "special_hours"]), ranges });
export type Exception = z.infer<typeof exception>;

export const schema = z.object({
  name: z.string().trim().min(2, "business-hours:short_name").max(255, "problems.long"),
  description: z.string().max(1000, "problems.long"),
  timezone: z.string().nullable(),
  status: z.enum(["active", "inactive"]),
  week: z.array(ranges).length(7),
  exceptions: z.array(exception).max(EXCEPTIONS_MAX, "business-hours:many_exceptions"),
  open: destination,
  closed: destination,
});
export type Values = z.infer<typeof schema>;

const NINE_TO_FIVE = [{ start: 9 * 60, end: 17 * 60 }];

/** Most companies are open then: a new schedule begins where the fewest have to change it. */
export const EMPTY: Values = {
  name: "",
  description: "",
  timezone: null,
  status: "active",
  week: WEEKDAYS.map((_, day) => (day < 5 ? NINE_TO_FIVE : [])),
  exceptions: [],
  open: HANGUP,
  closed: HANGUP,
};

/** What stands before the id of a target, by its kind. */
const PREFIXES: Partial<Record<TargetKind, string>> = { extension: "ext", ring_group: "rg", ivr_menu: "ivr", conference_room: "conf", business_hours: "bh", assistant: "assistant", voicemail: "vm" };

type Action = Schedule["open_hours_action"];

export function destinationOf(action: Action): Destination {
  const { target_id } = action;
  const type = kindOf(action.type);
  if (type === "forward") return { type, id: null, to: target_id };
  const id = Number(target_id?.split("-")[1]);
  return { type, id: PREFIXES[type] && Number.isInteger(id) ? id : null, to: null };
}

export function actionOf({ type, id, to }: Destination): Action {
  const prefix = PREFIXES[type];
  return { type, target_id: type === "forward" ? to : prefix && id !== null ? `${prefix}-${id}` : null };
}

export function toValues(schedule: Schedule): Values {
  return {
    name: schedule.name,
    description: schedule.description ?? "",
    timezone: schedule.timezone,
    status: schedule.status,
    week: WEEKDAYS.map((day) => (schedule.schedule[day].enabled ? joined(schedule.schedule[day].time_ranges.map(rangeOf)) : [])),
    exceptions: inOrder(schedule.exceptions.map(({ date, name, type, time_ranges }) => ({ date, name, type, ranges: joined((time_ranges ?? []).map(rangeOf)) }))),
    open: destinationOf(schedule.open_hours_action),
    closed: destinationOf(schedule.closed_hours_action),
  };
}

export function toBody({ week, exceptions, open, closed, description, ...values }: Values): NewOf<"/api/v1/business-hours"> {
  const days = WEEKDAYS.map((day, at) => {
    const ranges = joined(week[at] ?? []);
    return [day, { enabled: ranges.length > 0, time_ranges: ranges.map(wordsOf) }] as const;
  });
  return {
    ...values,
    description: description || null,
    schedule: Object.fromEntries(days) as NewOf<"/api/v1/business-hours">["schedule"],
    exceptions: exceptions.map(({ date, name, type, ranges }) => ({ date, name, type, time_ranges: type === "closed" ? [] : joined(ranges).map(wordsOf) })),
    open_hours_action: actionOf(open),
    closed_hours_action: actionOf(closed),
  };
}

export function inOrder(exceptions: readonly Exception[]): Exception[] {
  return [...exceptions].sort((a, b) => a.date.localeCompare(b.date));
}

/** The form's fields for those of the API. */
export const NAMES: Record<string, string> = {
  open_hours_action: "open.type",
  "open_hours_action.target_id": "open.id",
  "open_hours_action.type": "open.type",
  closed_hours_action: "closed.type",
  "closed_hours_action.target_id": "closed.id",
  "closed_hours_action.type": "closed.type",
  schedule: "week",
};
