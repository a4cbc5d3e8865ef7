// What the form of a voicemail box sends.

import { expect, test } from "vitest";
import { EMPTY, schema, toBody } from "./values";

test("an empty PIN is not sent, so that the one that is there stays", () => {
  expect(toBody({ ...EMPTY, name: "Office" })).not.toHaveProperty("pin");
  expect(toBody({ ...EMPTY, name: "Office", pin: "2468" })).toMatchObject({ pin: "2468", email: null });
});

test("a PIN has four digits or more", () => {
  for (const pin of ["123", "12a4", "1".repeat(21)]) expect(schema.safeParse({ ...EMPTY, name: "x", pin }).error?.issues[0]?.message).toBe("voicemail:no_pin");
});
