// An AI assistant between form and API.

import { expect, test } from "vitest";
import type { Assistant } from "@/api/catalogue";
import { EMPTY, schema, toBody, toValues, type Values } from "./values";

const view = {
  id: 1, name: "Concierge", description: null, type: "service", provider: null, phone_number: null, url: "https://ai.example.com", parameters: { lang: "fr", tries: 3, greet: true, code: "007" }, timeout: 20,
  fallback: { type: "extension", id: 5, to: null, name: "Reception", number: "1000", status: "active" }, status: "active",
} as unknown as Assistant;
const problems = (values: Partial<Values>) => schema.safeParse({ ...EMPTY, name: "Concierge", ...values }).error?.issues.map(({ path, message }) => [path.join("."), message]);

test("parameters keep their kinds on the way through the form", () => {
  expect(toBody(toValues(view))).toMatchObject({ type: "service", url: "https://ai.example.com", parameters: { lang: "fr", tries: 3, greet: true, code: "007" }, fallback: { type: "extension", id: 5, to: null }, timeout: 20 });
});

test("a token is sent when it was written, emptied when that was said, and else left alone", () => {
  const values = toValues(view);
  expect(toBody(values)).not.toHaveProperty("service_token");
  expect(toBody({ ...values, service_token: "s3cret" })).toHaveProperty("service_token", "s3cret");
  expect(toBody({ ...values, service_token_gone: true })).toHaveProperty("service_token", null);
});

test("only what belongs to the way is sent", () => {
  const sent = toBody({ ...toValues(view), type: "sip", url: " sip:ai@example.com ", service_token: "left over" });
  expect(sent).toHaveProperty("url", "sip:ai@example.com");
  expect(sent).not.toHaveProperty("parameters");
  expect(sent).not.toHaveProperty("service_token");
  expect(toBody({ ...EMPTY, provider: "VAPI", phone_number: "+12125550160" })).not.toHaveProperty("url");
});

test("each way asks for its own", () => {
  expect(problems({})).toEqual([["provider", "problems.required"], ["phone_number", "problems.phone"]]);
  expect(problems({ type: "service", url: "ai.example.com" })).toEqual([["url", "ai-assistants:address_wrong.service"]]);
  expect(problems({ type: "stream", url: "https://ai.example.com" })).toEqual([["url", "ai-assistants:address_wrong.stream"]]);
  expect(problems({ type: "sip", url: "sip:ai@example.com" })).toBeUndefined();
});

test("names of parameters are names, each once, and numbers are numbers", () => {
  const service = { type: "service", url: "https://ai.example.com" } as const;
  expect(problems({ ...service, parameters: [{ name: "1st", kind: "text", value: "" }] })).toEqual([["parameters.0.name", "ai-assistants:name_wrong"]]);
  expect(problems({ ...service, parameters: [{ name: "tries", kind: "number", value: "many" }] })).toEqual([["parameters.0.value", "ai-assistants:number_wrong"]]);
  expect(problems({ ...service, parameters: [{ name: "a", kind: "text", value: "1" }, { name: "a", kind: "text", value: "2" }] })).toEqual([["parameters.1.name", "ai-assistants:name_twice"]]);
});
