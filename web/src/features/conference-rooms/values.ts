// What the form of a conference room holds, and how the API says the same. PINs are written and never read here.

import { z } from "zod";
import type { NewOf, Room } from "@/api/catalogue";

/** The longest PIN, as callers can enter it. */
export const PIN_DIGITS_MAX = 20;
/** Long enough that nobody guesses it in three turns. */
const PIN_DIGITS_DRAWN = 6;
export const PARTICIPANTS_MAX = 1000;

/** Empty keeps the one there is. */
const pin = z.string().regex(/^[0-9]*$/, "conference-rooms:digits").max(PIN_DIGITS_MAX, "conference-rooms:digits");

const fields = z.object({
  name: z.string().trim().min(1, "problems.required").max(255, "problems.long"),
  description: z.string(),
  status: z.enum(["active", "inactive"]),
  max_participants: z.number("problems.number").int("problems.number").min(2, "problems.range").max(PARTICIPANTS_MAX, "problems.range"),
  pin_required: z.boolean(),
  pin,
  host_pin: pin,
  /** Takes away the host PIN that is kept. */
  host_pin_gone: z.boolean(),
  wait_for_host: z.boolean(),
  mute_on_entry: z.boolean(),
  announce_join_leave: z.boolean(),
  music_on_hold: z.boolean(),
  recording_enabled: z.boolean(),
});
export type Values = z.infer<typeof fields>;

/** A new room that asks for a PIN needs one; whether another has one, the server judges. */
export function schemaOf(isNew: boolean) {
  return fields
    .refine(({ pin, host_pin }) => pin === "" || pin !== host_pin, { path: ["host_pin"], message: "conference-rooms:same_pins" })
    .refine(({ pin_required, pin }) => !isNew || !pin_required || pin !== "", { path: ["pin"], message: "conference-rooms:no_pin" });
}

export const EMPTY: Values = {
  name: "",
  description: "",
  status: "active",
  max_participants: 25,
  pin_required: false,
  pin: "",
  host_pin: "",
  host_pin_gone: false,
  wait_for_host: false,
  mute_on_entry: false,
  announce_join_leave: false,
  music_on_hold: true,
  recording_enabled: false,
};

export function toValues(room: Room): Values {
  const { name, status, max_participants, pin_required, wait_for_host, mute_on_entry, announce_join_leave, music_on_hold, recording_enabled } = room;
  return { name, description: room.description ?? "", status, max_participants, pin_required, pin: "", host_pin: "", host_pin_gone: false, wait_for_host, mute_on_entry, announce_join_leave, music_on_hold, recording_enabled };
}

export function toBody({ pin, host_pin, host_pin_gone, description, ...values }: Values): NewOf<"/api/v1/conference-rooms"> {
  const written = { ...(pin !== "" && { pin }), ...(host_pin !== "" && { host_pin }) };
  // A room that asks for a PIN keeps both, so the host's alone can only go where none is asked for.
  const gone = host_pin_gone && host_pin === "" && !values.pin_required ? { host_pin: null } : {};
  return { ...values, description: description.trim() || null, ...written, ...gone };
}

/** The room again after it was deleted. Its PINs are gone, so one that asks for a PIN cannot come back. */
export function toRestored(room: Room): NewOf<"/api/v1/conference-rooms"> {
  const { recording_auto_start, recording_webhook_url, talk_detection_enabled, talk_detection_webhook_url } = room;
  return { ...toBody(toValues(room)), recording_auto_start, recording_webhook_url, talk_detection_enabled, talk_detection_webhook_url };
}

export function drawnPin(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return String(number % 10 ** PIN_DIGITS_DRAWN).padStart(PIN_DIGITS_DRAWN, "0");
}
