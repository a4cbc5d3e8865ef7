// What the form of a phone number holds, and how the API says the same.

import { z } from "zod";
import type { ChangeOf, NewOf, PhoneNumber } from "@/api/catalogue";
import { type Destination, HANGUP } from "@/fields/destination";
import { destinationOf, destinationValue } from "@/fields/destination-values";
import { INHERITED_RECORDING, recordingPolicy, recordingPolicyOf } from "@/fields/recording-policy";

const E164 = /^\+[1-9][0-9]{6,14}$/;

/** A number without what people write between its digits. */
export function dialled(written: string): string {
  return written.replace(/[\s().\-/]/g, "");
}

export const schema = z.object({
  phone_number: z.string().refine((written) => E164.test(dialled(written)), "problems.phone"),
  friendly_name: z.string().max(255, "problems.long"),
  status: z.enum(["active", "inactive"]),
  destination: destinationValue,
  ...recordingPolicy,
});
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = { phone_number: "", friendly_name: "", status: "active", destination: { ...HANGUP, type: "extension" }, ...INHERITED_RECORDING };

export function toValues(number: PhoneNumber): Values {
  return {
    phone_number: number.phone_number,
    friendly_name: number.friendly_name ?? "",
    status: number.status,
    destination: destinationOf(number.destination),
    ...recordingPolicyOf(number),
  };
}

/** The keys by which the API takes the record of each kind. */
const KEYS = {
  extension: "extension_id",
  ring_group: "ring_group_id",
  ivr_menu: "ivr_menu_id",
  business_hours: "business_hours_schedule_id",
  conference_room: "conference_room_id",
  assistant: "assistant_id",
  voicemail: "voicemail_id",
} as const;

function routing({ type, id, to }: Destination): Pick<NewOf<"/api/v1/phone-numbers">, "routing_type" | "routing_config"> {
  if (type === "hangup") return { routing_type: type, routing_config: {} };
  if (type === "forward") return { routing_type: type, routing_config: { forward_to: to?.trim() } };
  // Whoever leads to an assistant itself is told apart by the key, not by the type.
  return { routing_type: type === "assistant" ? "ai_assistant" : type, routing_config: { [KEYS[type]]: id } };
}

function change({ destination, phone_number: _, friendly_name, ...values }: Values) {
  return { ...values, friendly_name: friendly_name.trim() || null, ...routing(destination) };
}

export function toNew(values: Values): NewOf<"/api/v1/phone-numbers"> {
  return { ...change(values), phone_number: dialled(values.phone_number) };
}

/** The number itself never changes, so it is not said. */
export function toChange(values: Values): ChangeOf<"/api/v1/phone-numbers/{id}"> {
  return change(values);
}

/** The form's fields for those of the API. */
export const NAMES: Record<string, string> = {
  ...Object.fromEntries(Object.values(KEYS).map((key) => [`routing_config.${key}`, "destination.id"])),
  "routing_config.forward_to": "destination.to",
  routing_config: "destination",
  routing_type: "destination.type",
};
