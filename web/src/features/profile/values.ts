// What the form of one's own data holds, and how the API says the same.

import { z } from "zod";
import type { ChangeOf, Profile } from "@/api/catalogue";
import { fromPerson, NOBODY, personShape, toPerson } from "@/fields/address";

export const schema = z.object({
  name: z.string().trim().min(1, "problems.required").max(255, "problems.long"),
  email: z.email("problems.email").max(254, "problems.long"),
  ...personShape,
});
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = { name: "", email: "", ...NOBODY };

export function toValues(profile: Profile): Values {
  return { name: profile.name, email: profile.email, ...toPerson(profile) };
}

export function toBody(values: Values): ChangeOf<"/api/v1/profile"> {
  return { name: values.name, email: values.email, ...fromPerson(values) };
}

/** As the server judges one's own new password. */
export function isStrong(password: string): boolean {
  return password.length >= 8 && /\p{Ll}/u.test(password) && /\p{Lu}/u.test(password) && /\d/.test(password) && /[^\p{L}\p{N}\s]/u.test(password);
}

export const passwordSchema = z
  .object({ current: z.string().min(1, "problems.required"), fresh: z.string().max(1000, "problems.long").refine(isStrong, "profile:weak"), again: z.string() })
  .refine(({ fresh, again }) => fresh === again, { path: ["again"], message: "profile:differs" });
export type Passwords = z.infer<typeof passwordSchema>;
