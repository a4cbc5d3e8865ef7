// Texts and recordings between their forms and the API.

import { expect, test } from "vitest";
import type { Prompt } from "@/api/catalogue";
import { NO_TEXT, textSchema, toTextBody, toTextValues } from "./values";

const prompt = { id: 1, organization_id: 1, name: "Closed", kind: "text", text: "We are closed.", voice: null, language: "en-GB", url: null, ivr_menu_id: null, status: "active", created_at: null, updated_at: null } as Prompt;

test("a text goes to the form and back, without what belongs to an address", () => {
  expect(toTextBody(toTextValues(prompt))).toEqual({ kind: "text", name: "Closed", text: "We are closed.", voice: null, language: "en-GB", status: "active" });
});

test("an address goes without what belongs to a text", () => {
  const elsewhere = { ...prompt, kind: "url", text: null, language: null, url: "https://example.com/a.mp3" } as Prompt;
  expect(toTextBody(toTextValues(elsewhere))).toEqual({ kind: "url", name: "Closed", url: "https://example.com/a.mp3", status: "active" });
});

test("each kind needs what is heard", () => {
  const problems = (values: object) => textSchema.safeParse({ ...NO_TEXT, name: "x", ...values }).error?.issues.map(({ path }) => path.join(".")) ?? [];
  expect(problems({ text: "  " })).toEqual(["text"]);
  expect(problems({ kind: "url", url: "example.com" })).toEqual(["url"]);
  expect(problems({ kind: "url", url: "https://example.com/a.mp3" })).toEqual([]);
  expect(problems({ text: "Hello", name: "y".repeat(101) })).toEqual(["name"]);
});
