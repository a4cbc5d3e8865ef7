// Sounds on their way into the library.

import { expect, test } from "vitest";
import { FILE_BYTES_MAX, problemOfFile } from "./drop";
import { levelOf, RECORDED_S_MAX } from "./use-recorder";
import { fileNameOf } from "./use-sending";
import { offered } from "./voice";
import { RATE_HZ, wavOf } from "./wav";

test("samples become a WAV file of one channel, and what is too loud is cut", () => {
  const file = new DataView(wavOf(new Float32Array([0, 0.5, -1, 2]), 8000));
  const word = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((place) => file.getUint8(at + place)));
  expect([word(0), word(8), word(36)]).toEqual(["RIFF", "WAVE", "data"]);
  expect([file.getUint16(22, true), file.getUint32(24, true), file.getUint32(28, true), file.getUint32(40, true)]).toEqual([1, 8000, 16_000, 8]);
  expect([0, 1, 2, 3].map((place) => file.getInt16(44 + place * 2, true))).toEqual([0, 16384, -32767, 32767]);
});

test("the longest recording fits into what the server takes", () => {
  expect(44 + RECORDED_S_MAX * RATE_HZ * 2).toBeLessThan(FILE_BYTES_MAX);
});

test("the level follows the ear: silence is nothing, full scale is everything", () => {
  expect(levelOf(new Float32Array(16))).toBe(0);
  expect(levelOf(new Float32Array(16).fill(1))).toBe(1);
  expect(levelOf(new Float32Array(16).fill(0.1))).toBeCloseTo(0.63, 2);
});

test("a file is refused for what it is, by its name or its type", () => {
  expect(problemOfFile({ name: "welcome.MP3", type: "", size: 10 })).toBeUndefined();
  expect(problemOfFile({ name: "welcome", type: "audio/wav", size: 10 })).toBeUndefined();
  expect(problemOfFile({ name: "welcome.ogg", type: "audio/ogg", size: 10 })).toBe("sound.wrong_kind");
  expect(problemOfFile({ name: "welcome.wav", type: "audio/wav", size: FILE_BYTES_MAX + 1 })).toBe("sound.too_large");
});

test("a take is called as its name, in letters that any file system takes", () => {
  expect([fileNameOf("Welcome to us!"), fileNameOf("Été – fermé"), fileNameOf("…")]).toEqual(["welcome-to-us.wav", "ete-ferme.wav", "recording.wav"]);
});

test("voices of one's own language come first, then by language and name", () => {
  const voice = (id: string, language: string, name: string) => ({ id, language, name, provider: "P", gender: null, premium: false, pricing: null });
  const list = offered([voice("a", "fr-FR", "Zoé"), voice("b", "en-US", "Ann"), voice("c", "de-DE", "Uta"), voice("d", "fr-FR", "Léa")], "fr", (code) => code);
  expect(list.map(({ value, group }) => `${group} ${value}`)).toEqual(["fr-FR d", "fr-FR a", "de-DE c", "en-US b"]);
});
