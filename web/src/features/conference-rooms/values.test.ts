// A conference room between form and API, and its PINs.

import { expect, test } from "vitest";
import type { Room } from "@/api/catalogue";
import { drawnPin, EMPTY, schemaOf, toBody, toRestored, toValues } from "./values";

const room = {
  id: 1, name: "Board", description: null, max_participants: 12, status: "active", pin_required: true, pin: "********", host_pin: "********", wait_for_host: true, mute_on_entry: false, announce_join_leave: true, music_on_hold: false,
  recording_enabled: true, recording_auto_start: true, recording_webhook_url: null, talk_detection_enabled: true, talk_detection_webhook_url: "https://example.com/talk",
} as unknown as Room;

test("PINs that were not written are neither shown nor sent", () => {
  expect(toValues(room)).toMatchObject({ pin: "", host_pin: "" });
  const body = toBody(toValues(room));
  expect(body).not.toHaveProperty("pin");
  expect(body).not.toHaveProperty("host_pin");
  expect(body).toMatchObject({ name: "Board", max_participants: 12, pin_required: true, wait_for_host: true, announce_join_leave: true, music_on_hold: false, recording_enabled: true, description: null });
  expect(toBody({ ...toValues(room), pin: "2468" })).toHaveProperty("pin", "2468");
});

test("a host PIN goes only where no PIN is asked for", () => {
  const gone = { ...toValues(room), host_pin_gone: true };
  expect(toBody(gone)).not.toHaveProperty("host_pin");
  expect(toBody({ ...gone, pin_required: false })).toHaveProperty("host_pin", null);
  expect(toBody({ ...gone, pin_required: false, host_pin: "99" })).toHaveProperty("host_pin", "99");
});

test("what the form does not show comes back with a deleted room", () => {
  expect(toRestored(room)).toMatchObject({ recording_auto_start: true, talk_detection_enabled: true, talk_detection_webhook_url: "https://example.com/talk" });
});

test("a new room that asks for a PIN needs one; one that is there may have it already", () => {
  const asks = { ...EMPTY, name: "Board", pin_required: true };
  expect(schemaOf(true).safeParse(asks).error?.issues).toMatchObject([{ path: ["pin"], message: "conference-rooms:no_pin" }]);
  expect(schemaOf(false).safeParse(asks).success).toBe(true);
});

test("hosts have another PIN than participants, and both are digits", () => {
  const messages = (pins: object) => schemaOf(false).safeParse({ ...EMPTY, name: "Board", ...pins }).error?.issues.map(({ message }) => message);
  expect(messages({ pin: "1234", host_pin: "1234" })).toEqual(["conference-rooms:same_pins"]);
  expect(messages({ pin: "12a" })).toEqual(["conference-rooms:digits"]);
  expect(messages({ pin: "1".repeat(21) })).toEqual(["conference-rooms:digits"]);
});

test("a drawn PIN has six digits, and the next is another", () => {
  const drawn = new Set(Array.from({ length: 20 }, drawnPin));
  for (const pin of drawn) expect(pin).toMatch(/^[0-9]{6}$/);
  expect(drawn.size).toBeGreaterThan(15);
});
