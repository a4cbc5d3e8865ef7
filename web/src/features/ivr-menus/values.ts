// What the form of a menu holds, and how the API says the same.

import { z } from "zod";
import type { IvrMenu, NewOf } from "@/api/catalogue";
import { HANGUP, TARGET_KINDS, type TargetKind } from "@/fields/destination";
import { kindOf } from "@/fields/destination-values";
import { DIGITS, KEYS_MAX, optionsOf } from "@/views/menus/keys";

export const SOURCES = ["library", "text", "url"] as const;

const target = z.object({ type: z.enum(TARGET_KINDS), id: z.number().nullable(), to: z.string().nullable() });
const destination = target
  .refine(({ type, id }) => type === "hangup" || type === "forward" || id !== null, { path: ["id"], message: "problems.choose" })
  .refine(({ type, to }) => type !== "forward" || Boolean(to), { path: ["to"], message: "problems.phone" });

const seconds = z.number("problems.number").int("problems.number").min(1, "problems.range").max(30, "problems.range");

const option = z.object({
  digits: z.string().regex(DIGITS, "ivr-menus:bad_digits"),
  description: z.string().max(255, "problems.long"),
  destination,
});
export type Option = z.infer<typeof option>;

export const schema = z
  .object({
    name: z.string().trim().min(1, "problems.required").max(255, "problems.long"),
    description: z.string().max(1000, "problems.long"),
    status: z.enum(["active", "inactive"]),
    greeting: z
      .object({ source: z.enum(SOURCES), recording: z.number().nullable(), text: z.string().max(3000, "problems.long"), voice: z.string().nullable(), url: z.string() })
      .refine(({ source, recording }) => source !== "library" || recording !== null, { path: ["recording"], message: "problems.choose" })
      .refine(({ source, text }) => source !== "text" || text.trim() !== "", { path: ["text"], message: "problems.required" })
      .refine(({ source, url }) => source !== "url" || /^https?:\/\/\S+$/.test(url.trim()), { path: ["url"], message: "problems.url" }),
    options: z.array(option).min(1, "ivr-menus:no_keys").max(KEYS_MAX, "ivr-menus:many_keys"),
    direct_dial: z.boolean(),
    max_timeout: seconds,
    inter_digit_timeout: seconds,
    max_turns: z.number("problems.number").int("problems.number").min(1, "problems.range").max(9, "problems.range"),
    no_input: z.number().nullable(),
    wrong_key: z.number().nullable(),
    failover: destination,
  })
  .superRefine(({ options }, context) => {
    options.forEach(({ digits }, at) => {
      if (options.findIndex((other) => other.digits === digits) < at) context.addIssue({ code: "custom", path: ["options", at, "digits"], message: "ivr-menus:same_digits" });
    });
  });
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = {
  name: "",
  description: "",
  status: "active",
  greeting: { source: "text", recording: null, text: "", voice: null, url: "" },
  options: [],
  direct_dial: false,
  max_timeout: 10,
  inter_digit_timeout: 3,
  max_turns: 3,
  no_input: null,
  wrong_key: null,
  failover: HANGUP,
};

export function toValues(menu: IvrMenu): Values {
  return {
    name: menu.name,
    description: menu.description ?? "",
    status: menu.status,
    greeting: {
      source: menu.recording_id !== null ? "library" : menu.audio_file_path !== null ? "url" : "text",
      recording: menu.recording_id,
      text: menu.tts_text ?? "",
      voice: menu.tts_voice,
      url: menu.audio_file_path ?? "",
    },
    options: [...menu.options]
      .sort((a, b) => a.priority - b.priority)
      .map(({ input_digits, description, destination_type, destination, destination_forward_to }) => ({
        digits: input_digits,
        description: description ?? "",
        destination: { type: kindOf(destination_type), id: destination.id, to: destination_forward_to },
      })),
    direct_dial: menu.direct_dial,
    max_timeout: menu.max_timeout,
    inter_digit_timeout: menu.inter_digit_timeout,
    max_turns: menu.max_turns,
    no_input: menu.no_input_recording_id,
    wrong_key: menu.wrong_key_recording_id,
    failover: { type: kindOf(menu.failover_destination_type), id: menu.failover_destination_id, to: menu.failover_forward_to },
  };
}

/** `numbers` are those of the extensions that keys lead to. */
export function toBody({ greeting, options, no_input, wrong_key, failover, description, ...values }: Values, numbers: ReadonlyMap<number, string>): NewOf<"/api/v1/ivr-menus"> {
  const of = <T>(source: (typeof SOURCES)[number], value: T) => (greeting.source === source ? value : null);
  return {
    ...values,
    description: description || null,
    recording_id: of("library", greeting.recording),
    tts_text: of("text", greeting.text),
    tts_voice: of("text", greeting.voice),
    audio_file_path: of("url", greeting.url.trim()),
    no_input_recording_id: no_input,
    wrong_key_recording_id: wrong_key,
    options: optionsOf(options, numbers),
    failover_destination_type: failover.type,
    failover_destination_id: isRecord(failover.type) ? failover.id : null,
    failover_forward_to: failover.type === "forward" ? failover.to : null,
  };
}

function isRecord(type: TargetKind): boolean {
  return type !== "forward" && type !== "hangup";
}

/** The form's fields for those of the API. */
export const NAMES: Record<string, string> = {
  recording_id: "greeting.recording",
  tts_text: "greeting.text",
  tts_voice: "greeting.voice",
  audio_file_path: "greeting.url",
  audio_configuration: "greeting.source",
  no_input_recording_id: "no_input",
  wrong_key_recording_id: "wrong_key",
  failover_destination_type: "failover.type",
  failover_destination_id: "failover.id",
  failover_forward_to: "failover.to",
  ...Object.fromEntries(
    Array.from({ length: KEYS_MAX }, (_, at) => [
      [`options.${at}.input_digits`, `options.${at}.digits`],
      [`options.${at}.destination_type`, `options.${at}.destination.type`],
      [`options.${at}.destination_id`, `options.${at}.destination.id`],
      [`options.${at}.destination_forward_to`, `options.${at}.destination.to`],
    ]).flat(),
  ),
};
