// What the form of a webhook holds, and how the API says the same.

import { z } from "zod";
import type { Webhook } from "@/api/catalogue";

export const RECORDS = "record.changed";
/** As people look for them; what the server knows besides stands under the last. */
export const EVENT_GROUPS = [
  { name: "calls", events: ["call.started", "call.ringing", "call.answered", "call.ended"] },
  { name: "messages", events: ["recording.ready", "voicemail.left"] },
  { name: "records", events: [RECORDS] },
] as const;
export const HEADERS_MAX = 10;

const header = z.object({
  name: z.string().trim().regex(/^[A-Za-z0-9-]+$/, "settings:hooks.bad_header").max(100, "problems.long"),
  value: z.string().min(1, "problems.required").max(1000, "problems.long"),
});

export const schema = z
  .object({
    name: z.string().trim().min(1, "problems.required").max(100, "problems.long"),
    url: z.url({ protocol: /^https?$/, error: "problems.url" }).max(2048, "problems.long"),
    description: z.string().max(500, "problems.long"),
    status: z.enum(["active", "inactive"]),
    events: z.array(z.string()).min(1, "settings:hooks.no_events"),
    models: z.array(z.string()),
    /** Null keeps those that are there: nobody is shown them again. */
    headers: z.array(header).max(HEADERS_MAX, "settings:hooks.many_headers").nullable(),
  })
  .refine(({ events, models }) => !events.includes(RECORDS) || models.length > 0, { path: ["models"], message: "settings:hooks.no_models" });
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = { name: "", url: "", description: "", status: "active", events: ["call.ended"], models: [], headers: [] };

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);

export function toValues(webhook: Webhook): Values {
  return {
    name: webhook.name,
    url: webhook.url,
    description: webhook.description ?? "",
    status: webhook.status,
    events: texts(webhook.events).sort(),
    models: texts(webhook.models).sort(),
    headers: null,
  };
}

/** A new one begins at work, so its status is not sent. */
export function toBody({ headers, description, models, status, ...values }: Values, before: Webhook | undefined) {
  return {
    ...values,
    description: description.trim() || null,
    models: values.events.includes(RECORDS) ? models : [],
    ...(before && { status }),
    ...(headers && { headers: Object.fromEntries(headers.map(({ name, value }) => [name.trim(), value])) }),
  };
}
