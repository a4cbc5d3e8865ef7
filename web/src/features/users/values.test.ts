// What is sent of a user: only what was changed of what not everybody may change.

import { expect, test } from "vitest";
import type { User } from "@/api/catalogue";
import { EMPTY, isStrong, manages, newSchema, rolesGivenBy, schema, toBody, toValues } from "./values";

const user: User = {
  id: 4, organization_id: 1, name: "Ada", email: "ada@example.com", role: "owner", status: "active", phone: "+442079460018", street_address: null, city: "London", state_province: null,
  postal_code: null, country: "GB", country_name: "United Kingdom", language: "en", timezone: null, password_reset_required: false, extension: null, created_at: null, updated_at: null,
};

test("an untouched user sends no role, no status and no password", () => {
  const body = toBody(toValues(user), user);
  expect(body).toEqual({ name: "Ada", email: "ada@example.com", phone: "+442079460018", street_address: null, city: "London", state_province: null, postal_code: null, country: "GB", language: "en", timezone: null });
  expect(toBody({ ...toValues(user), role: "reporter", status: "inactive", password: "Abcdefg1", password_reset_required: true }, user)).toMatchObject({ role: "reporter", status: "inactive", password: "Abcdefg1", password_reset_required: true });
});

test("whoever is invited is sent without a password, whatever was typed before", () => {
  const invited = toBody({ ...EMPTY, name: "Bob", email: "bob@example.com", password: "Abcdefg1" }, undefined);
  expect(invited).toMatchObject({ role: "pbx_user", status: "active" });
  expect(invited).not.toHaveProperty("password");
  expect(toBody({ ...EMPTY, entry: "password", password: "Abcdefg1" }, undefined)).toMatchObject({ password: "Abcdefg1", password_reset_required: true });
});

test("a password is asked for only where one is set, and is judged as the server does", () => {
  const bob = { ...EMPTY, name: "Bob", email: "bob@example.com" };
  expect(newSchema.safeParse(bob).success).toBe(true);
  expect(newSchema.safeParse({ ...bob, entry: "password" }).error?.issues[0]?.message).toBe("problems.required");
  expect(schema.safeParse({ ...bob, entry: "password", password: "abcdefg1" }).error?.issues[0]?.message).toBe("users:weak");
  expect([isStrong("Abcdefg1"), isStrong("Äbcdéfg1"), isStrong("Abc1"), isStrong("ABCDEFG1")]).toEqual([true, true, false, false]);
});

test("administrators give and manage the roles below their own", () => {
  expect(rolesGivenBy("pbx_admin")).toEqual(["pbx_user", "reporter"]);
  expect(rolesGivenBy("owner")).toContain("owner");
  expect([manages("pbx_admin", "owner"), manages("pbx_admin", "pbx_admin"), manages("pbx_admin", "reporter"), manages("owner", "owner"), manages("reporter", "pbx_user")]).toEqual([false, false, true, true, false]);
});
