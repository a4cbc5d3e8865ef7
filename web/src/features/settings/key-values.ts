// What the form of an API key holds.

import { z } from "zod";
import type { ApiKey } from "@/api/catalogue";
import { instantOf, wallTime } from "@/format/zones";

export const LASTS = ["30", "90", "365", "ever", "until"] as const;

export const schema = z
  .object({
    name: z.string().trim().min(1, "problems.required").max(100, "problems.long"),
    scope: z.enum(["read", "write"]),
    /** Days, for ever, or until a day. */
    lasts: z.enum(LASTS),
    until: z.string(),
  })
  .refine(({ lasts, until }) => lasts !== "until" || /^\d{4}-\d{2}-\d{2}$/.test(until), { path: ["until"], message: "problems.required" });
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = { name: "", scope: "read", lasts: "90", until: "" };

export function toValues(key: ApiKey, zone: string): Values {
  const until = key.expires_at ? wallTime(new Date(key.expires_at), zone).slice(0, 10) : "";
  return { name: key.name, scope: key.scope, lasts: until ? "until" : "ever", until };
}

/** A key that ends on a day still opens on it: it ends with the day's last minute. */
export function toBody({ name, scope, lasts, until }: Values, zone: string, now: number) {
  const days = Number(lasts);
  const expires_at = lasts === "ever" ? null : lasts === "until" ? instantOf(`${until}T23:59`, zone).toISOString() : new Date(now + days * 86_400_000).toISOString();
  return { name, scope, expires_at };
}
