// Where somebody lives and is called, in which language and by which clock: the part that users and one's own profile share.

import { z } from "zod";
import { LANGUAGES, useWords } from "@/words";
import { CountryField, SelectField, TimeZoneField } from "./choice";
import { PhoneField, TextField } from "./text";

export const personShape = {
  phone: z.string().max(50, "problems.long"),
  street_address: z.string().max(500, "problems.long"),
  city: z.string().max(100, "problems.long"),
  state_province: z.string().max(100, "problems.long"),
  postal_code: z.string().max(20, "problems.long"),
  /** Its code of two letters. */
  country: z.string().nullable(),
  language: z.string().nullable(),
  timezone: z.string().nullable(),
};

export type Person = z.infer<z.ZodObject<typeof personShape>>;
type Told = { [Name in keyof Person]: string | null };

export const NOBODY: Person = { phone: "", street_address: "", city: "", state_province: "", postal_code: "", country: null, language: null, timezone: null };

export function toPerson({ phone, street_address, city, state_province, postal_code, country, language, timezone }: Told): Person {
  return { phone: phone ?? "", street_address: street_address ?? "", city: city ?? "", state_province: state_province ?? "", postal_code: postal_code ?? "", country, language, timezone };
}

/** What was left empty is nothing, not an empty text. */
export function fromPerson({ phone, street_address, city, state_province, postal_code, country, language, timezone }: Person): Told {
  const text = (value: string | null) => value?.trim() || null;
  return { phone: text(phone), street_address: text(street_address), city: text(city), state_province: text(state_province), postal_code: text(postal_code), country, language, timezone };
}

export function AddressFields() {
  const { t } = useWords();
  return (
    <>
      <PhoneField name="phone" label={t("person.phone")} help={t("person.phone_more")} />
      <CountryField name="country" label={t("person.country")} clearable />
      <TextField name="street_address" label={t("person.street")} maxLength={500} className="sm:col-span-2" />
      <TextField name="postal_code" label={t("person.postal_code")} maxLength={20} />
      <TextField name="city" label={t("person.city")} maxLength={100} />
      <TextField name="state_province" label={t("person.state")} maxLength={100} />
    </>
  );
}

export function MannerFields() {
  const { t } = useWords();
  return (
    <>
      <SelectField name="language" label={t("person.language")} help={t("person.language_more")} empty={t("person.language_usual")} options={LANGUAGES.map(({ code, name }) => ({ value: code, label: name }))} />
      <TimeZoneField name="timezone" label={t("person.timezone")} help={t("person.timezone_more")} clearable />
    </>
  );
}
