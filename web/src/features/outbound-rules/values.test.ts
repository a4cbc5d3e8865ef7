// What the form of an outbound rule refuses, and what it sends.

import { expect, test } from "vitest";
import { EMPTY, schema, toBody, toValues } from "./values";

const rule = {
  id: 3, organization_id: 1, name: "London", destination_country: "GB", destination_country_name: "United Kingdom", destination_prefix: "20", outbound_trunk_name: "b",
  trunks: [{ id: 9, name: "B", engine_name: "b", status: "active" as const }, { id: 4, name: "A", engine_name: "a", status: "active" as const }],
  caller_id: null, sequence: 10, status: "active" as const, created_at: null, updated_at: null,
};

test("a rule goes into the form and back, its trunks in their order", () => {
  expect(toBody(toValues(rule))).toEqual({ name: "London", destination_country: "GB", destination_prefix: "20", trunk_ids: [9, 4], caller_id: null, sequence: 10, status: "active" });
});

test("a rule that names nothing is refused at the country", () => {
  const refused = schema.safeParse({ ...EMPTY, name: "All" });
  expect(refused.error?.issues).toMatchObject([{ path: ["country"], message: "outbound-rules:nowhere" }]);
  expect(schema.safeParse({ ...EMPTY, name: "All", prefix: "+4420" }).success).toBe(true);
});

test("a beginning is digits, and nothing else", () => {
  for (const prefix of ["44-20", "++44", "abc"]) expect(schema.safeParse({ ...EMPTY, name: "x", prefix }).error?.issues[0]?.message).toBe("outbound-rules:no_prefix");
});
