// What the form of a blocked caller takes.

import { expect, test } from "vitest";
import { EMPTY, schema, toBody } from "./values";

test("a number is taken however it is grouped, and kept without", () => {
  const read = schema.parse({ ...EMPTY, caller: "+44 (20) 7946-0018" });
  expect(toBody(read)).toMatchObject({ caller: "+442079460018", reason: null });
});

test("a number without its country code is refused", () => {
  expect(schema.safeParse({ ...EMPTY, caller: "02079460018" }).error?.issues[0]?.message).toBe("blocklist:no_caller");
});
