// What the form of a blocked caller holds, and how the API says the same.

import { z } from "zod";
import type { BlockedCaller, NewOf } from "@/api/catalogue";

export const schema = z.object({
  caller: z.string().transform((text) => text.replace(/[\s().-]/g, "")).pipe(z.string().regex(/^\+[1-9]\d{0,14}$/, "blocklist:no_caller")),
  is_prefix: z.boolean(),
  phone_number_id: z.number().nullable(),
  reason: z.string().max(200, "problems.long"),
  expires_at: z.string().nullable(),
  status: z.enum(["active", "inactive"]),
});
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = { caller: "", is_prefix: false, phone_number_id: null, reason: "", expires_at: null, status: "active" };

export function toValues({ caller, is_prefix, phone_number_id, reason, expires_at, status }: BlockedCaller): Values {
  return { caller, is_prefix, phone_number_id, reason: reason ?? "", expires_at, status };
}

export function toBody({ reason, ...values }: Values): NewOf<"/api/v1/blocklist"> {
  return { ...values, reason: reason || null };
}
