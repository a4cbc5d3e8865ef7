// A phone number between form and API.

import { expect, test } from "vitest";
import type { PhoneNumber } from "@/api/catalogue";
import { EMPTY, NAMES, schema, toChange, toNew, toValues, type Values } from "./values";

const values: Values = { ...EMPTY, phone_number: "+1 (212) 555-0100", friendly_name: " Main ", destination: { type: "business_hours", id: 7, to: null } };

test("a number is sent without what people write between its digits, its target by the key of its kind", () => {
  expect(schema.safeParse(values).success).toBe(true);
  expect(toNew(values)).toEqual({
    phone_number: "+12125550100",
    friendly_name: "Main",
    status: "active",
    routing_type: "business_hours",
    routing_config: { business_hours_schedule_id: 7 },
    recording: "inherit",
    recording_announcement_id: null,
    recording_retention_days: null,
  });
});

test("a change says nothing of the number, and a forward and a hang-up name no record", () => {
  expect(toChange(values)).not.toHaveProperty("phone_number");
  expect(toChange({ ...values, destination: { type: "forward", id: null, to: " +442079460018 " } })).toMatchObject({ routing_type: "forward", routing_config: { forward_to: "+442079460018" } });
  expect(toChange({ ...values, destination: { type: "hangup", id: null, to: null } })).toMatchObject({ routing_type: "hangup", routing_config: {} });
});

test("what is shown is what was written", () => {
  const { routing_config: _, ...sent } = toNew(values);
  const view = { ...sent, id: 1, destination: { type: "business_hours", id: 7, to: null, name: "Office", number: null, status: "active" } } as unknown as PhoneNumber;
  expect(toNew(toValues(view))).toEqual(toNew(values));
});

test("an AI assistant itself goes by a key of its own, and an extension that stands for one is an extension", () => {
  expect(toChange({ ...values, destination: { type: "assistant", id: 4, to: null } })).toMatchObject({ routing_type: "ai_assistant", routing_config: { assistant_id: 4 } });
  const view = { ...toNew(values), id: 1, routing_type: "ai_assistant", destination: { type: "extension", id: 12, to: null, name: "Ava", number: "3100", status: "active" } } as unknown as PhoneNumber;
  expect(toChange(toValues(view))).toMatchObject({ routing_type: "extension", routing_config: { extension_id: 12 } });
});

test.each([["12125550100"], ["+0123456789"], ["+1212"], [""]])("%j is no number", (phone_number) => {
  expect(schema.safeParse({ ...values, phone_number }).error?.issues).toMatchObject([{ path: ["phone_number"], message: "problems.phone" }]);
});

test("a destination without its record, and a retention beyond ten years, are refused at their fields", () => {
  const issues = schema.safeParse({ ...values, destination: { type: "extension", id: null, to: null }, recording_retention_days: 4000 }).error?.issues;
  expect(issues?.map(({ path }) => path.join("."))).toEqual(["destination.id", "recording_retention_days"]);
});

test("what the server says of a key of the routing is shown at the destination", () => {
  expect(NAMES["routing_config.ivr_menu_id"]).toBe("destination.id");
  expect(NAMES["routing_config.forward_to"]).toBe("destination.to");
});
