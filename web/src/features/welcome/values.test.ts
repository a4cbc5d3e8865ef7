// Where the first steps go on, and what they guess.

import { expect, test } from "vitest";
import type { CompanySettings } from "@/api/catalogue";
import type { Setup } from "@/api/setup";
import { baseOf, digitsOf, guessed, nextStep, number, stepsFor } from "./values";

const setup: Setup = { password: true, company: false, carrier: "none", numbers: 0, extensions: 0, empty: true, done: false, dismissed: false };

test("whoever comes back goes on where something is left", () => {
  expect(nextStep(true, setup)).toBe("password");
  expect(nextStep(false, undefined)).toBe("company");
  expect(nextStep(false, setup)).toBe("company");
  expect(nextStep(false, { ...setup, company: true })).toBe("carrier");
  expect(nextStep(false, { ...setup, company: true, carrier: "connected" })).toBe("first");
  expect(nextStep(false, { ...setup, company: true, extensions: 3, numbers: 1 })).toBe("done");
});

test("a password that somebody chose is no step any more", () => {
  expect(stepsFor(true)[0]).toBe("password");
  expect(stepsFor(false)).toEqual(["company", "carrier", "first", "done"]);
});

const view = { name: "My company", country: "US", timezone: "UTC" } as CompanySettings;
const place = (code: string, ...timezones: string[]) => ({ code, name: code, calling_code: 1, emergency_numbers: [], timezone: timezones[0] ?? null, timezones });
const countries = [place("AT", "Europe/Vienna"), place("DE", "Europe/Berlin", "Europe/Busingen"), place("GG", "Europe/London"), place("GB", "Europe/London")];

test("an unconfirmed company is guessed from the browser's clock, and its language where the clock leaves a choice", () => {
  expect(guessed(view, false, "Europe/Berlin", countries, "en-US")).toEqual({ name: "My company", country: "DE", timezone: "Europe/Berlin" });
  expect(guessed(view, false, "Europe/London", countries, "en-GB").country).toBe("GB");
  expect(guessed(view, false, "Antarctica/Troll", countries, "fr-CA").country).toBe("CA");
  expect(guessed(view, true, "Europe/Berlin", countries, "de")).toEqual({ name: "My company", country: "US", timezone: "UTC" });
});

test("an address without https is not offered to the carrier", () => {
  expect([baseOf("https://pbx.example.com"), baseOf("http://127.0.0.1:8080")]).toEqual(["https://pbx.example.com", ""]);
});

test("a number may be grouped, and needs its country", () => {
  expect(digitsOf("+33 (1) 42.68-53 00")).toBe("+33142685300");
  expect(number.safeParse({ phone_number: "+33 1 42 68 53 00", friendly_name: "" }).success).toBe(true);
  expect(number.safeParse({ phone_number: "01 42 68 53 00", friendly_name: "" }).error?.issues[0]?.message).toBe("problems.phone");
});
