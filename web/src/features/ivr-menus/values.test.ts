// A menu between the form and the API.

import { expect, test } from "vitest";
import type { IvrMenu } from "@/api/catalogue";
import { EMPTY, NAMES, schema, toBody, toValues } from "./values";

const nobody = { id: null, name: null, number: null, status: null, to: null, type: null };
const menu = {
  id: 1, organization_id: 1, name: "Main", description: null, status: "active", recording_id: 4, recording_name: "Welcome", audio_file_path: null, tts_text: null, tts_voice: null,
  max_timeout: 10, inter_digit_timeout: 3, max_turns: 2, direct_dial: true, no_input_recording_id: null, wrong_key_recording_id: 2,
  failover_destination_type: "extension", failover_destination_id: 3, failover_forward_to: null, failover_destination: nobody, options_count: 3, created_at: null, updated_at: null,
  options: [
    { id: 3, ivr_menu_id: 1, input_digits: "9", description: null, destination_type: "forward", destination_id: null, destination_forward_to: "+12125550100", destination: { ...nobody, type: "forward" }, priority: 3 },
    { id: 1, ivr_menu_id: 1, input_digits: "1", description: "Bob", destination_type: "extension", destination_id: "1002", destination_forward_to: null, destination: { ...nobody, id: 5, number: "1002", type: "extension" }, priority: 1 },
    { id: 2, ivr_menu_id: 1, input_digits: "2", description: null, destination_type: "ring_group", destination_id: 7, destination_forward_to: null, destination: { ...nobody, id: 7, type: "ring_group" }, priority: 2 },
  ],
} as unknown as IvrMenu;

test("keys come in their order, by the ids of what they lead to", () => {
  const values = toValues(menu);
  expect(values.options.map(({ digits, destination }) => [digits, destination])).toEqual([
    ["1", { type: "extension", id: 5, to: null }],
    ["2", { type: "ring_group", id: 7, to: null }],
    ["9", { type: "forward", id: null, to: "+12125550100" }],
  ]);
  expect(values.greeting).toMatchObject({ source: "library", recording: 4 });
});

test("an extension is sent by its number, which the API reads first; all else by its id", () => {
  const body = toBody(toValues(menu), new Map([[5, "1002"]]));
  expect(body.options.map(({ destination_id, destination_forward_to, priority }) => [destination_id, destination_forward_to, priority])).toEqual([["1002", null, 1], [7, null, 2], [null, "+12125550100", 3]]);
  expect(body).toMatchObject({ failover_destination_type: "extension", failover_destination_id: 3, failover_forward_to: null, no_input_recording_id: null, wrong_key_recording_id: 2 });
});

test("an extension that stands for an AI assistant is an extension in the form", () => {
  const option = { ...menu.options[1], destination_type: "ai_assistant", destination_id: "3100", destination: { ...nobody, id: 12, number: "3100", type: "extension" } };
  const shown = { ...menu, options: [option], failover_destination_type: "ai_assistant", failover_destination_id: 12 } as unknown as IvrMenu;
  const values = toValues(shown);
  expect([values.options[0]?.destination, values.failover]).toEqual([{ type: "extension", id: 12, to: null }, { type: "extension", id: 12, to: null }]);
});

test("exactly one source of the greeting is sent, whatever else was written", () => {
  const greeting = { recording: 4, text: "Hello", voice: "Joanna", url: " https://example.com/a.mp3 " };
  const sent = (source: "library" | "text" | "url") => {
    const { recording_id, tts_text, tts_voice, audio_file_path } = toBody({ ...EMPTY, greeting: { ...greeting, source } }, new Map());
    return [recording_id, tts_text, tts_voice, audio_file_path];
  };
  expect(sent("library")).toEqual([4, null, null, null]);
  expect(sent("text")).toEqual([null, "Hello", "Joanna", null]);
  expect(sent("url")).toEqual([null, null, null, "https://example.com/a.mp3"]);
});

test("what would be refused is said before it is sent", () => {
  const key = (digits: string) => ({ digits, description: "", destination: { type: "ring_group", id: 1, to: null } });
  const problems = (values: object) => schema.safeParse({ ...EMPTY, name: "Main", greeting: { ...EMPTY.greeting, text: "Hello" }, options: [key("1")], ...values }).error?.issues.map(({ path }) => path.join(".")) ?? [];
  expect(problems({})).toEqual([]);
  expect(problems({ options: [] })).toEqual(["options"]);
  expect(problems({ options: [key("1"), key("12"), key("1")] })).toEqual(["options.2.digits"]);
  expect(problems({ options: [key("#"), key("")] })).toEqual(["options.0.digits", "options.1.digits"]);
  expect(problems({ greeting: EMPTY.greeting })).toEqual(["greeting.text"]);
  expect(problems({ greeting: { ...EMPTY.greeting, source: "library" } })).toEqual(["greeting.recording"]);
  expect(problems({ max_turns: 10, max_timeout: 31 })).toEqual(["max_timeout", "max_turns"]);
});

test("the server's sentences find the field they speak of", () => {
  expect(NAMES["options.0.destination_id"]).toBe("options.0.destination.id");
  expect(NAMES["options.19.input_digits"]).toBe("options.19.digits");
  expect(NAMES["tts_text"]).toBe("greeting.text");
});
