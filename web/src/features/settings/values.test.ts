// What the forms of the settings hold goes to the API and back unchanged, and what it refuses is refused before.

import { expect, test } from "vitest";
import type { CompanySettings, Webhook } from "@/api/catalogue";
import * as carrier from "./cloudonix-values";
import { company, fromCompany, fromRecording, toCompany, toRecording, toSecurity } from "./company-values";
import { toBody as keyBody, schema as keySchema, toValues as keyValues } from "./key-values";
import { modelKey, pathOfRecord } from "./models";
import { schema as hookSchema, EMPTY as NO_HOOK, toBody as hookBody, toValues as hookValues } from "./webhook-values";

const settings: CompanySettings = {
  id: 1, organization_id: 1, name: "Acme", country: "FR", country_name: "France", emergency_numbers: ["112"], timezone: "Europe/Paris",
  fallback: { type: "extension", id: 3, to: null, name: "Reception", number: "1000", status: "active" }, caller_id: null, outbound_calls_max: null, outbound_minutes_per_day_max: 600,
  allowed_countries: ["US", "FR"], recording: "inherit", recording_announcement_id: null, recording_retention_days: 30, blocked_callers_hear: "busy",
  anonymous_callers_refused: true, caller_calls_max: 5, caller_window: 60, created_at: null, updated_at: null,
};

test("the company's form sends what it shows, and only its own part", () => {
  const values = toCompany(settings);
  expect(company.safeParse(values).success).toBe(true);
  expect(fromCompany({ ...values, caller_id: "  " })).toEqual({
    name: "Acme", country: "FR", timezone: "Europe/Paris", caller_id: null, fallback: { type: "extension", id: 3, to: null }, outbound_calls_max: null, outbound_minutes_per_day_max: 600, allowed_countries: ["FR", "US"],
  });
});

test("a fallback that names a kind and no record is refused at the record", () => {
  const parsed = company.safeParse({ ...toCompany(settings), fallback: { type: "ring_group", id: null, to: null } });
  expect(parsed.error?.issues[0]).toMatchObject({ path: ["fallback", "id"], message: "problems.choose" });
  expect(company.safeParse({ ...toCompany(settings), fallback: { type: "hangup", id: null, to: null } }).success).toBe(true);
});

test("a company inherits from nobody: that word is kept until somebody decides", () => {
  expect(toRecording(settings)).toEqual({ recording: "never", recording_announcement_id: null, recording_retention_days: 30 });
  expect(fromRecording(toRecording(settings), settings).recording).toBe("inherit");
  expect(fromRecording({ ...toRecording(settings), recording: "always" }, settings).recording).toBe("always");
  expect(fromRecording(toRecording(settings), { ...settings, recording: "always" }).recording).toBe("never");
  expect(toSecurity(settings)).toEqual({ anonymous_callers_refused: true, blocked_callers_hear: "busy", caller_calls_max: 5, caller_window: 60 });
});

test("keys of the carrier that nobody typed are not sent, so they stay", () => {
  const body = carrier.toBody({ ...carrier.EMPTY, webhook_base_url: "https://pbx.example.com//" });
  expect(body).toEqual({ domain_uuid: null, domain_name: null, webhook_base_url: "https://pbx.example.com", no_answer_timeout: 60, recording_format: "mp3" });
  expect(carrier.toBody({ ...carrier.EMPTY, domain_api_key: "XI1" })).toMatchObject({ domain_api_key: "XI1" });
  const problems = carrier.schema.safeParse({ ...carrier.EMPTY, domain_uuid: "abc", domain_api_key: "with space", webhook_base_url: "pbx" }).error?.issues.map(({ path }) => path[0]);
  expect(problems).toEqual(["domain_uuid", "domain_api_key", "webhook_base_url"]);
  expect(carrier.schema.parse({ ...carrier.EMPTY, domain_uuid: " 5d0c1c9e-6f0a-8b1d-9c3e-2f1a4b5c6d7e " }).domain_uuid).toBe("5d0c1c9e-6f0a-8b1d-9c3e-2f1a4b5c6d7e");
});

test("a key that lasts until a day opens on that day", () => {
  const values = { name: "CRM", scope: "read", lasts: "until", until: "2027-03-01" } as const;
  expect(keyBody(values, "Europe/Paris", 0)).toEqual({ name: "CRM", scope: "read", expires_at: "2027-03-01T22:59:00.000Z" });
  expect(keyBody({ ...values, lasts: "ever" }, "UTC", 0).expires_at).toBeNull();
  expect(keyBody({ ...values, lasts: "30" }, "UTC", Date.parse("2027-01-01T00:00:00Z")).expires_at).toBe("2027-01-31T00:00:00.000Z");
  const key = { id: 1, user_id: 1, user_name: null, name: "CRM", prefix: "a", scope: "read", expires_at: "2027-03-01T22:59:00Z", last_used_at: null } as const;
  expect(keyValues(key, "Europe/Paris")).toMatchObject({ lasts: "until", until: "2027-03-01" });
  expect(keySchema.safeParse({ ...values, until: "" }).success).toBe(false);
});

const webhook = {
  id: 7, organization_id: 1, name: "CRM", url: "https://crm.example.com", description: null, events: ["record.changed", "call.ended"], models: ["pbx.number"], status: "active", last_status: 200, last_error: null,
  failures: 0, failing_since: null, stopped_because: null, previous_secret_until: null, created_at: null, updated_at: null,
} as unknown as Webhook;

test("a webhook's headers stay unless they are replaced, and models go with their event", () => {
  const values = hookValues(webhook);
  expect(values).toMatchObject({ headers: null, events: ["call.ended", "record.changed"], models: ["pbx.number"] });
  expect(hookBody(values, webhook)).toEqual({ name: "CRM", url: "https://crm.example.com", description: null, events: ["call.ended", "record.changed"], models: ["pbx.number"], status: "active" });
  expect(hookBody({ ...values, headers: [{ name: " X-Key ", value: "a" }], events: ["call.ended"] }, webhook)).toMatchObject({ headers: { "X-Key": "a" }, models: [] });
  expect(hookBody({ ...values, headers: [] }, webhook)).toMatchObject({ headers: {} });
  expect(hookBody(NO_HOOK, undefined)).not.toHaveProperty("status");
});

test("changes of records without a kind of record, no event at all, and odd headers are refused", () => {
  const said = (values: object) => hookSchema.safeParse({ ...hookValues(webhook), ...values }).error?.issues.map(({ message }) => message);
  expect(said({})).toBeUndefined();
  expect(said({ models: [] })).toEqual(["settings:hooks.no_models"]);
  expect(said({ events: [] })).toEqual(["settings:hooks.no_events"]);
  expect(said({ headers: [{ name: "X Key", value: "a" }] })).toEqual(["settings:hooks.bad_header"]);
  expect(said({ url: "ftp://a" })).toEqual(["problems.url"]);
});

test("a record of the log is looked at where its kind has a page", () => {
  expect(pathOfRecord("pbx.ring_group", 4)).toBe("/ring-groups/4");
  expect(pathOfRecord("res.company", 1)).toBe("/settings/company");
  expect(pathOfRecord("pbx.menu.key", 1)).toBeUndefined();
  expect(modelKey("pbx.ring_group.member")).toBe("models.pbx_ring_group_member");
});
