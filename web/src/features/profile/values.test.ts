// One's own forwards as the API writes them, passwords as the server judges them, devices as people call them.

import { expect, test } from "vitest";
import { deviceOf } from "./device-name";
import { parsed, schema, toBody, toValues, written } from "./forward-values";
import { passwordSchema } from "./values";

const extension = { id: 9, extension_number: "1001", name: "Ada", do_not_disturb: false, forwards: { always: null, busy: "voicemail:3", no_answer: "forward:+442079460018", unreachable: "extension:12" } };

test("forwards come back as they were", () => {
  const values = toValues(extension);
  expect(values.always.on).toBe(false);
  expect(values.no_answer).toEqual({ on: true, to: { type: "forward", id: null, to: "+442079460018" } });
  expect(toBody(values, 9)).toEqual({ extension_id: 9, always: null, busy: "voicemail:3", no_answer: "forward:+442079460018", unreachable: "extension:12" });
});

test("a forward that was switched off is nothing, and one to hang up is that word", () => {
  expect(written({ on: false, to: { type: "extension", id: 1, to: null } })).toBeNull();
  expect(written(parsed("hangup"))).toBe("hangup");
  expect(written({ on: true, to: { type: "forward", id: null, to: "+44 20 7946 (0018)" } })).toBe("forward:+442079460018");
  expect(parsed("nonsense:4").on).toBe(false);
});

test("a forward that is on needs somewhere to go, one that is off needs nothing", () => {
  const off = toValues({ ...extension, forwards: { always: null, busy: null, no_answer: null, unreachable: null } });
  expect(schema.safeParse(off).success).toBe(true);
  const on = schema.safeParse({ ...off, busy: { on: true, to: { type: "extension", id: null, to: null } } });
  expect(on.error?.issues[0]).toMatchObject({ path: ["busy", "to", "id"], message: "problems.choose" });
});

test("one's own new password needs a sign, too, and the same again", () => {
  const said = (fresh: string, again = fresh) => passwordSchema.safeParse({ current: "x", fresh, again }).error?.issues.map(({ message }) => message);
  expect(said("Abcdefg1")).toEqual(["profile:weak"]);
  expect(said("Abcdefg 1")).toEqual(["profile:weak"]);
  expect(said("Abcdefg1!")).toBeUndefined();
  expect(said("Abcdefg1!", "Abcdefg1?")).toEqual(["profile:differs"]);
});

test("devices are called by what they are, not by what they claim besides", () => {
  expect(deviceOf("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1")).toEqual({ kind: "telephone", browser: "Safari", system: "iPhone" });
  expect(deviceOf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36 Edg/124.0")).toEqual({ kind: "computer", browser: "Edge", system: "Windows" });
  expect(deviceOf("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Mobile Safari/537.36")).toEqual({ kind: "telephone", browser: "Chrome", system: "Android" });
  expect(deviceOf("curl/8.5.0")).toEqual({ kind: "program", browser: "curl", system: undefined });
  expect(deviceOf(null).browser).toBeUndefined();
});
