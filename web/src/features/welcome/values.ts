// What the first steps ask, and how they guess.

import { z } from "zod";
import type { AnswerOf, CompanySettings } from "@/api/catalogue";
import type { Setup } from "@/api/setup";

export type Country = AnswerOf<"/api/v1/countries">["data"][number];

export const STEPS = ["password", "company", "carrier", "first", "done"] as const;
export type Step = (typeof STEPS)[number];

/** The steps that there are for somebody: a password that one chose is not asked for again. */
export function stepsFor(needsPassword: boolean): Step[] {
  return STEPS.filter((step) => step !== "password" || needsPassword);
}

/** Where somebody who comes back goes on. */
export function nextStep(needsPassword: boolean, setup: Setup | undefined): Step {
  if (needsPassword) return "password";
  if (!setup || !setup.company) return "company";
  if (setup.carrier === "none" && setup.extensions === 0) return "carrier";
  if (setup.extensions === 0 || setup.numbers === 0) return "first";
  return "done";
}

/** What is left to do, in order, and whether it was done. */
export function stepsOf(setup: Setup): [name: "company" | "carrier" | "extensions" | "numbers", done: boolean][] {
  return [["company", setup.company], ["carrier", setup.carrier === "connected"], ["extensions", setup.extensions > 0], ["numbers", setup.numbers > 0]];
}

/** As the server judges one's own new password. */
export function isStrong(password: string): boolean {
  return password.length >= 8 && /\p{Ll}/u.test(password) && /\p{Lu}/u.test(password) && /\d/.test(password) && /[^\p{L}\p{N}\s]/u.test(password);
}

export const password = z
  .object({ current: z.string().min(1, "problems.required"), fresh: z.string().max(1000, "problems.long").refine(isStrong, "welcome:weak"), again: z.string() })
  .refine(({ fresh, again }) => fresh === again, { path: ["again"], message: "welcome:differs" });
export type Passwords = z.infer<typeof password>;

export const company = z.object({
  name: z.string().trim().min(1, "problems.required").max(100, "problems.long"),
  country: z.string("problems.choose").length(2, "problems.choose"),
  timezone: z.string("problems.choose").min(1, "problems.choose"),
});
export type Company = z.infer<typeof company>;

/** What nobody confirmed yet is guessed: the clock is the browser's, the country the one that keeps it, or that of the browser's language. */
export function guessed(view: CompanySettings, isConfirmed: boolean, zone: string, countries: readonly Country[], language: string): Company {
  if (isConfirmed) return { name: view.name, country: view.country ?? "", timezone: view.timezone };
  const keeps = countries.filter((country) => country.timezones.includes(zone));
  const region = new Intl.Locale(language).region;
  const country = keeps.find(({ code }) => code === region) ?? keeps.find(({ timezone }) => timezone === zone) ?? keeps[0];
  return { name: view.name, country: country?.code ?? region ?? view.country ?? "", timezone: zone };
}

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

export const carrier = z.object({
  domain_uuid: z.string().trim().regex(UUID, "welcome:bad_uuid"),
  domain_api_key: z.string().min(1, "problems.required").max(255, "problems.long").regex(/^[!-~]*$/, "welcome:bad_key"),
  webhook_base_url: z.string().trim().max(255, "problems.long").refine((text) => text === "" || /^https?:\/\/[^\s/]+/.test(text), "problems.url"),
});
export type Carrier = z.infer<typeof carrier>;

/** Nobody outside reaches a page that is served without https, so its address is no guess. */
export function baseOf(origin: string): string {
  return origin.startsWith("https://") ? origin : "";
}

export const telephone = z.object({
  extension_number: z.string().trim().regex(/^\d{3,5}$/, "welcome:bad_extension"),
  name: z.string().trim().min(1, "problems.required").max(255, "problems.long"),
  mine: z.boolean(),
});
export type Telephone = z.infer<typeof telephone>;

/** As people group it, so it may be written; E.164 is what is kept. */
export function digitsOf(text: string): string {
  return text.replace(/[\s().-]/g, "");
}

export const number = z.object({
  phone_number: z.string().refine((text) => /^\+[1-9]\d{6,14}$/.test(digitsOf(text)), "problems.phone"),
  friendly_name: z.string().trim().max(255, "problems.long"),
});
export type NumberValues = z.infer<typeof number>;
