// An extension between form and API.

import { expect, test } from "vitest";
import type { Extension } from "@/api/catalogue";
import { EMPTY, NAMES, schema, toChange, toNew, toOwnChange, toValues, type Values } from "./values";

const person: Values = { ...EMPTY, extension_number: "1001", name: "Alice", user_id: 3, caller_id: " +12125550100 ", forward_busy: { type: "voicemail", id: 4, to: null } };
const short: Values = { ...EMPTY, extension_number: "2000", name: "Sales", kind: "short", rings: { type: "ivr_menu", id: 9, to: null } };

const view = {
  id: 1, extension_number: "1001", name: "Alice", status: "active", type: "user", destination: null, user_id: 3, ring_timeout: 30, do_not_disturb: false, voicemail_enabled: true, voicemail_id: 8,
  forward_always: null, forward_busy: { type: "voicemail", id: 4, to: null, name: "Office", number: null, status: "active" }, forward_no_answer: null, forward_unreachable: null,
  dials_out: true, caller_id: null, outbound_calls_max: null, outbound_minutes_per_day_max: 60, recording: "never", recording_announcement_id: null, recording_retention_days: null,
} as unknown as Extension;

test("a person's extension is sent whole, and asks for a box where none is named", () => {
  const sent = toNew(person);
  expect(sent).toMatchObject({ extension_number: "1001", type: "user", user_id: 3, caller_id: "+12125550100", voicemail_enabled: true, forward_busy: { type: "voicemail", id: 4 }, forward_always: null });
  expect(sent).not.toHaveProperty("voicemail_id");
  expect(sent).not.toHaveProperty("kind");
});

test("a short number says what it rings and nothing of a person", () => {
  expect(toNew(short)).toEqual({ extension_number: "2000", name: "Sales", status: "active", type: "ivr", configuration: { ivr_id: 9 } });
  expect(toChange({ ...short, rings: { type: "forward", id: null, to: "+442079460018" } })).toMatchObject({ type: "forward", configuration: { forward_to: "+442079460018" } });
});

test("what is shown is what would be written again", () => {
  const change = toChange(toValues(view));
  expect(change).toMatchObject({ name: "Alice", voicemail_id: 8, outbound_minutes_per_day_max: 60, recording: "never", forward_busy: { type: "voicemail", id: 4, to: null }, forward_no_answer: null });
  expect(change).not.toHaveProperty("extension_number");
  expect(schema.safeParse(toValues(view)).success).toBe(true);
});

test("users send what is theirs to say and nothing else", () => {
  expect(Object.keys(toOwnChange(toValues(view)))).toEqual(["do_not_disturb", "forward_always", "forward_busy", "forward_no_answer", "forward_unreachable"]);
});

test("a short number without its record is refused; a telephone is not asked for one", () => {
  const unchosen = { type: "ring_group", id: null, to: null } as const;
  expect(schema.safeParse({ ...short, rings: unchosen }).error?.issues).toMatchObject([{ path: ["rings", "id"], message: "problems.choose" }]);
  expect(schema.safeParse({ ...person, rings: unchosen }).success).toBe(true);
});

test("numbers and caller IDs are checked while they are written", () => {
  const issues = schema.safeParse({ ...person, extension_number: "12", caller_id: "Sales", ring_timeout: 4 }).error?.issues;
  expect(issues?.map(({ path, message }) => [path.join("."), message])).toEqual([["extension_number", "extensions:number_wrong"], ["ring_timeout", "problems.range"], ["caller_id", "extensions:caller_id_wrong"]]);
  expect(schema.safeParse({ ...person, caller_id: "sip:alice@example.com" }).success).toBe(true);
});

test("what the server says of a configuration is shown at what is rung", () => {
  expect(NAMES["configuration.conference_room_id"]).toBe("rings.id");
});
