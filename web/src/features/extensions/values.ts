// What the form of an extension holds, and how the API says the same.

import { z } from "zod";
import type { ChangeOf, Extension, NewOf } from "@/api/catalogue";
import { type Destination, HANGUP, TARGET_KINDS } from "@/fields/destination";
import { destinationOf, destinationValue } from "@/fields/destination-values";
import { INHERITED_RECORDING, recordingPolicy, recordingPolicyOf } from "@/fields/recording-policy";

export const FORWARDS = ["forward_always", "forward_busy", "forward_no_answer", "forward_unreachable"] as const;
export const LIMIT_MAX = 100_000;

type New = NewOf<"/api/v1/extensions">;
type ExtensionType = New["type"];

const forward = destinationValue.nullable();
const limit = z.number("problems.number").int("problems.number").min(0, "problems.range").max(LIMIT_MAX, "problems.range").nullable();

export const schema = z
  .object({
    extension_number: z.string().regex(/^[0-9]{3,5}$/, "extensions:number_wrong"),
    name: z.string().trim().min(1, "problems.required").max(100, "problems.long"),
    status: z.enum(["active", "inactive"]),
    /** A person's telephone, or a short number for something else. */
    kind: z.enum(["person", "short"]),
    /** What a short number rings. */
    rings: z.object({ type: z.enum(TARGET_KINDS), id: z.number().nullable(), to: z.string().nullable() }),
    user_id: z.number().nullable(),
    ring_timeout: z.number("problems.number").int("problems.number").min(5, "problems.range").max(300, "problems.range"),
    do_not_disturb: z.boolean(),
    voicemail_enabled: z.boolean(),
    voicemail_id: z.number().nullable(),
    forward_always: forward,
    forward_busy: forward,
    forward_no_answer: forward,
    forward_unreachable: forward,
    dials_out: z.boolean(),
    caller_id: z.string().refine((text) => text.trim() === "" || /^(\+[1-9][0-9]{6,14}|sips?:\S+)$/i.test(text.trim()), "extensions:caller_id_wrong"),
    outbound_calls_max: limit,
    outbound_minutes_per_day_max: limit,
    ...recordingPolicy,
  })
  .superRefine((values, problems) => {
    // What a short number rings is no question to a person's telephone, whose form does not show it.
    if (values.kind === "person") return;
    for (const { path, message } of destinationValue.safeParse(values.rings).error?.issues ?? []) problems.addIssue({ code: "custom", path: ["rings", ...path], message });
  });
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = {
  extension_number: "",
  name: "",
  status: "active",
  kind: "person",
  rings: { ...HANGUP, type: "ring_group" },
  user_id: null,
  ring_timeout: 30,
  do_not_disturb: false,
  voicemail_enabled: true,
  voicemail_id: null,
  forward_always: null,
  forward_busy: null,
  forward_no_answer: null,
  forward_unreachable: null,
  dials_out: true,
  caller_id: "",
  outbound_calls_max: null,
  outbound_minutes_per_day_max: null,
  ...INHERITED_RECORDING,
};

export function toValues(extension: Extension): Values {
  const forwards = Object.fromEntries(FORWARDS.map((name) => [name, extension[name] && destinationOf(extension[name])])) as Pick<Values, (typeof FORWARDS)[number]>;
  return {
    extension_number: extension.extension_number,
    name: extension.name,
    status: extension.status,
    kind: extension.type === "user" ? "person" : "short",
    rings: extension.destination ? destinationOf(extension.destination) : EMPTY.rings,
    user_id: extension.user_id,
    ring_timeout: extension.ring_timeout,
    do_not_disturb: extension.do_not_disturb,
    voicemail_enabled: extension.voicemail_enabled,
    voicemail_id: extension.voicemail_id,
    ...forwards,
    dials_out: extension.dials_out,
    caller_id: extension.caller_id ?? "",
    outbound_calls_max: extension.outbound_calls_max,
    outbound_minutes_per_day_max: extension.outbound_minutes_per_day_max,
    ...recordingPolicyOf(extension),
  };
}

/** The API's type of each kind of destination, and what its configuration calls the record. */
const TYPES = {
  extension: ["extension", "extension_id"],
  ring_group: ["ring_group", "ring_group_id"],
  ivr_menu: ["ivr", "ivr_id"],
  business_hours: ["business_hours", "business_hours_id"],
  conference_room: ["conference", "conference_room_id"],
  assistant: ["ai_assistant", "assistant_id"],
  voicemail: ["voicemail", "voicemail_id"],
} as const satisfies Partial<Record<Destination["type"], [ExtensionType, string]>>;

function short({ type, id, to }: Destination): Pick<New, "type" | "configuration"> {
  if (type === "hangup") return { type, configuration: {} };
  if (type === "forward") return { type, configuration: { forward_to: to?.trim() } };
  const [kind, key] = TYPES[type];
  return { type: kind, configuration: { [key]: id } };
}

/** What a user may say of their own. */
export function toOwnChange(values: Values): ChangeOf<"/api/v1/extensions/{id}"> {
  const { do_not_disturb, forward_always, forward_busy, forward_no_answer, forward_unreachable } = values;
  return { do_not_disturb, forward_always, forward_busy, forward_no_answer, forward_unreachable };
}

/** The number never changes, so a change does not say it. */
export function toChange(values: Values): Omit<New, "extension_number"> {
  const { name, status } = values;
  if (values.kind === "short") return { name, status, ...short(values.rings) };
  const { extension_number: _number, kind: _kind, rings: _rings, voicemail_enabled, voicemail_id, caller_id, ...rest } = values;
  // Without one that is named, the server makes a box.
  const box = voicemail_enabled ? { voicemail_enabled, ...(voicemail_id !== null && { voicemail_id }) } : { voicemail_enabled };
  return { ...rest, ...box, type: "user", caller_id: caller_id.trim() || null };
}

export function toNew(values: Values): New {
  return { extension_number: values.extension_number, ...toChange(values) };
}

/** The form's fields for those of the API. */
export const NAMES: Record<string, string> = {
  ...Object.fromEntries(Object.values(TYPES).map(([, key]) => [`configuration.${key}`, "rings.id"])),
  "configuration.forward_to": "rings.to",
  configuration: "rings",
  type: "kind",
};
