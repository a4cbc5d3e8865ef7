// What the form of the carrier holds. Keys are only ever written: what is there is shown as a mask by the server, and kept where nothing is typed.

import { z } from "zod";
import type { AnswerOf, ChangeOf } from "@/api/catalogue";

export type Shown = AnswerOf<"/api/v1/settings/cloudonix">;
export type Settings = NonNullable<Shown["settings"]>;

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const key = z.string().max(255, "problems.long").regex(/^[!-~]*$/, "settings:cloudonix.bad_key");

export const schema = z.object({
  domain_uuid: z.string().trim().refine((text) => text === "" || UUID.test(text), "settings:cloudonix.bad_uuid"),
  domain_name: z.string().trim().max(253, "problems.long"),
  domain_api_key: key,
  domain_requests_api_key: key,
  webhook_secret: key,
  webhook_base_url: z.string().trim().max(255, "problems.long").refine((text) => text === "" || /^https?:\/\/[^\s/]+/.test(text), "problems.url"),
  no_answer_timeout: z.number("problems.number").int("problems.number").min(5, "problems.range").max(120, "problems.range"),
  recording_format: z.enum(["mp3", "wav"]),
});
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = { domain_uuid: "", domain_name: "", domain_api_key: "", domain_requests_api_key: "", webhook_secret: "", webhook_base_url: "", no_answer_timeout: 60, recording_format: "mp3" };

export function toValues(settings: Settings | null): Values {
  if (!settings) return EMPTY;
  return {
    ...EMPTY,
    domain_uuid: settings.domain_uuid ?? "",
    domain_name: settings.domain_name ?? "",
    webhook_base_url: settings.webhook_base_url ?? "",
    no_answer_timeout: settings.no_answer_timeout,
    recording_format: settings.recording_format === "wav" ? "wav" : "mp3",
  };
}

export function toBody({ domain_api_key, domain_requests_api_key, webhook_secret, ...values }: Values): ChangeOf<"/api/v1/settings/cloudonix"> {
  return {
    ...values,
    domain_uuid: values.domain_uuid || null,
    domain_name: values.domain_name || null,
    webhook_base_url: values.webhook_base_url.replace(/\/+$/, "") || null,
    ...(domain_api_key && { domain_api_key }),
    ...(domain_requests_api_key && { domain_requests_api_key }),
    ...(webhook_secret && { webhook_secret }),
  };
}
