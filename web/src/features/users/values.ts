// What the form of a user holds, and how the API says the same.

import { z } from "zod";
import type { ChangeOf, NewOf, User } from "@/api/catalogue";
import { ROLES, type Role } from "@/api/session";
import { fromPerson, NOBODY, personShape, toPerson } from "@/fields/address";

/** As the server judges the password of somebody else. */
export function isStrong(password: string): boolean {
  return password.length >= 8 && /\p{Ll}/u.test(password) && /\p{Lu}/u.test(password) && /\d/.test(password);
}

export const schema = z
  .object({
    name: z.string().trim().min(2, "users:short_name").max(255, "problems.long"),
    email: z.email("problems.email").max(254, "problems.long"),
    role: z.enum(ROLES),
    status: z.enum(["active", "inactive"]),
    /** How a new user gets in. */
    entry: z.enum(["invitation", "password"]),
    password: z.string().max(1000, "problems.long"),
    password_reset_required: z.boolean(),
    ...personShape,
  })
  .refine(({ entry, password }) => entry !== "password" || password === "" || isStrong(password), { path: ["password"], message: "users:weak" });
export type Values = z.infer<typeof schema>;

/** Only a new user needs one where it is chosen for them. */
export const newSchema = schema.refine(({ entry, password }) => entry !== "password" || password !== "", { path: ["password"], message: "problems.required" });

export const EMPTY: Values = { name: "", email: "", role: "pbx_user", status: "active", entry: "invitation", password: "", password_reset_required: true, ...NOBODY };

export function toValues(user: User): Values {
  return {
    name: user.name,
    email: user.email,
    role: ROLES.find((role) => role === user.role) ?? "pbx_user",
    status: user.status,
    entry: "password",
    password: "",
    password_reset_required: user.password_reset_required,
    ...toPerson(user),
  };
}

export function toBody(values: Values, before: User | undefined): NewOf<"/api/v1/users"> | ChangeOf<"/api/v1/users/{id}"> {
  const { name, email, role, status, entry, password, password_reset_required } = values;
  const person = { name: name.trim(), email, ...fromPerson(values) };
  if (!before) {
    const own = entry === "password" ? { password, password_reset_required } : {};
    return { ...person, role, status, ...own };
  }
  // What nobody touched is not sent: some of it is not for everybody to change.
  return {
    ...person,
    ...(role !== before.role && { role }),
    ...(status !== before.status && { status }),
    ...(password && { password }),
    ...(password_reset_required !== before.password_reset_required && { password_reset_required }),
  };
}

/** The roles that somebody gives: owners all, administrators those below their own. */
export function rolesGivenBy(role: Role | null): readonly Role[] {
  return role === "owner" ? ROLES : ["pbx_user", "reporter"];
}

/** Whether somebody manages a user of this role. */
export function manages(role: Role | null, other: string | null): boolean {
  return role === "owner" || (role === "pbx_admin" && (other === "pbx_user" || other === "reporter" || other === null));
}
