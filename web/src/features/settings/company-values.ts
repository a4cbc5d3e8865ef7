// What the forms of the company hold. Three pages change one record, each its own fields of it.

import { z } from "zod";
import type { ChangeOf, CompanySettings } from "@/api/catalogue";
import { HANGUP, TARGET_KINDS } from "@/fields/destination";
import { destinationOf } from "@/fields/destination-values";

type Change = ChangeOf<"/api/v1/settings/company">;

const bounded = (min: number, max: number) => z.number("problems.number").int("problems.number").min(min, "problems.range").max(max, "problems.range");

const destination = z
  .object({ type: z.enum(TARGET_KINDS), id: z.number().nullable(), to: z.string().nullable() })
  .refine(({ type, id }) => type === "hangup" || type === "forward" || id !== null, { path: ["id"], message: "problems.choose" })
  .refine(({ type, to }) => type !== "forward" || Boolean(to), { path: ["to"], message: "problems.phone" });

export const company = z.object({
  name: z.string().trim().min(1, "problems.required").max(100, "problems.long"),
  timezone: z.string("problems.choose").min(1, "problems.choose"),
  country: z.string("problems.choose").length(2, "problems.choose"),
  caller_id: z.string().max(255, "problems.long"),
  fallback: destination,
  outbound_calls_max: bounded(0, 100_000).nullable(),
  outbound_minutes_per_day_max: bounded(0, 10_000_000).nullable(),
  allowed_countries: z.array(z.string()).max(300),
});
export type Company = z.infer<typeof company>;
export const NO_COMPANY: Company = { name: "", timezone: "", country: "", caller_id: "", fallback: HANGUP, outbound_calls_max: null, outbound_minutes_per_day_max: null, allowed_countries: [] };

export function toCompany(view: CompanySettings): Company {
  return {
    name: view.name,
    timezone: view.timezone,
    country: view.country ?? "",
    caller_id: view.caller_id ?? "",
    fallback: destinationOf(view.fallback),
    outbound_calls_max: view.outbound_calls_max,
    outbound_minutes_per_day_max: view.outbound_minutes_per_day_max,
    allowed_countries: [...view.allowed_countries].sort(),
  };
}

export function fromCompany({ caller_id, ...values }: Company): Change {
  return { ...values, caller_id: caller_id.trim() || null };
}

export const recording = z.object({
  recording: z.enum(["never", "always"]),
  recording_announcement_id: z.number().nullable(),
  recording_retention_days: bounded(1, 3650).nullable(),
});
export type Recording = z.infer<typeof recording>;
export const NO_RECORDING: Recording = { recording: "never", recording_announcement_id: null, recording_retention_days: null };

/** Nobody stands above a company from whom it could inherit, so that word is a no. */
export function toRecording(view: CompanySettings): Recording {
  const { recording_announcement_id, recording_retention_days } = view;
  return { recording: view.recording === "always" ? "always" : "never", recording_announcement_id, recording_retention_days };
}

export function fromRecording(values: Recording, before: CompanySettings | undefined): Change {
  const isStill = values.recording === "never" && before?.recording === "inherit";
  return { ...values, recording: isStill ? "inherit" : values.recording };
}

export const HEARD = ["rejected", "busy", "sentence"] as const;
export const security = z.object({
  anonymous_callers_refused: z.boolean(),
  blocked_callers_hear: z.enum(HEARD),
  caller_calls_max: bounded(1, 1000).nullable(),
  caller_window: bounded(1, 86_400),
});
export type Security = z.infer<typeof security>;
export const NO_SECURITY: Security = { anonymous_callers_refused: false, blocked_callers_hear: "rejected", caller_calls_max: null, caller_window: 60 };

export function toSecurity({ anonymous_callers_refused, blocked_callers_hear, caller_calls_max, caller_window }: CompanySettings): Security {
  return { anonymous_callers_refused, blocked_callers_hear, caller_calls_max, caller_window };
}

export function fromSecurity(values: Security): Change {
  return values;
}
