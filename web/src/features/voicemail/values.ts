// What the form of a voicemail box holds, and how the API says the same.

import { z } from "zod";
import type { Box, NewOf } from "@/api/catalogue";

export const MAILS = ["none", "notify", "attach"] as const;

export const schema = z.object({
  name: z.string().trim().min(1, "problems.required").max(100, "problems.long"),
  user_id: z.number().nullable(),
  greeting_id: z.number().nullable(),
  beep: z.boolean(),
  /** A new one; empty keeps what is there. */
  pin: z.string().regex(/^(\d{4,20})?$/, "voicemail:no_pin"),
  max_length: z.number("problems.number").int("problems.number").min(1, "problems.range").max(3600, "problems.range"),
  retention_days: z.number("problems.number").int("problems.number").min(1, "problems.range").max(3650, "problems.range").nullable(),
  mail: z.enum(MAILS),
  email: z.union([z.literal(""), z.email("problems.email")]),
  delete_after_mail: z.boolean(),
  status: z.enum(["active", "inactive"]),
});
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = {
  name: "", user_id: null, greeting_id: null, beep: true, pin: "", max_length: 180, retention_days: 365, mail: "none", email: "", delete_after_mail: false, status: "active",
};

export function toValues(box: Box): Values {
  const { name, user_id, greeting_id, beep, max_length, retention_days, mail, delete_after_mail, status } = box;
  return { name, user_id, greeting_id, beep, pin: "", max_length, retention_days, mail, email: box.email ?? "", delete_after_mail, status };
}

export function toBody({ pin, email, ...values }: Values): NewOf<"/api/v1/voicemail-boxes"> {
  return { ...values, email: email || null, ...(pin && { pin }) };
}
