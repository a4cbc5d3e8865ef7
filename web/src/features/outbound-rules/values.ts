// What the form of an outbound rule holds, and how the API says the same.

import { z } from "zod";
import type { NewOf, OutboundRule } from "@/api/catalogue";

export const TRUNKS_MAX = 8;

export const schema = z
  .object({
    name: z.string().trim().min(1, "problems.required").max(255, "problems.long"),
    country: z.string().nullable(),
    prefix: z.string().trim().regex(/^(\+?\d{1,15})?$/, "outbound-rules:no_prefix"),
    trunks: z.array(z.object({ id: z.number() })).max(TRUNKS_MAX, "outbound-rules:many_trunks"),
    caller_id: z.string().trim().max(255, "problems.long"),
    sequence: z.number("problems.number").int("problems.number").min(1, "problems.range").max(10_000, "problems.range"),
    status: z.enum(["active", "inactive"]),
  })
  .refine(({ country, prefix }) => country !== null || prefix !== "", { path: ["country"], message: "outbound-rules:nowhere" });
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = { name: "", country: null, prefix: "", trunks: [], caller_id: "", sequence: 10, status: "active" };

export function toValues(rule: OutboundRule): Values {
  return {
    name: rule.name,
    country: rule.destination_country,
    prefix: rule.destination_prefix ?? "",
    trunks: rule.trunks.map(({ id }) => ({ id })),
    caller_id: rule.caller_id ?? "",
    sequence: rule.sequence,
    status: rule.status,
  };
}

export function toBody({ country, prefix, trunks, caller_id, ...values }: Values): NewOf<"/api/v1/outbound-whitelist"> {
  return { ...values, destination_country: country, destination_prefix: prefix || null, trunk_ids: trunks.map(({ id }) => id), caller_id: caller_id || null };
}

/** The form's fields for those of the API. */
export const NAMES: Record<string, string> = { destination_country: "country", destination_prefix: "prefix", outbound_trunk_name: "trunks", trunk_ids: "trunks" };
