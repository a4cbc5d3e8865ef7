// One's own data: name and address, language and clock.

import { useQueryClient } from "@tanstack/react-query";
import { profile } from "@/api/catalogue";
import { ME, useMe } from "@/api/session";
import { AddressFields, MannerFields } from "@/fields/address";
import { TextField } from "@/fields/text";
import { Badge } from "@/ui/badge";
import { Panel } from "@/ui/panel";
import { Segments } from "@/ui/tabs";
import { RecordForm } from "@/views/form/record-form";
import { Section } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { type Language, LANGUAGES, language, speak, useWords } from "@/words";
import { ProfileFrame } from "./frame";
import { EMPTY, schema, toBody, toValues } from "./values";

export function ProfilePage() {
  const { t } = useWords("profile");
  const me = useMe();
  const queries = useQueryClient();
  const state = useRecordForm({
    resource: profile,
    id: 0,
    schema,
    empty: EMPTY,
    toValues,
    toBody,
    pathOf: () => "/profile",
    // The name and the clock stand around every page.
    onSaved: () => void queries.invalidateQueries({ queryKey: ME.queryKey }),
  });
  return (
    <ProfileFrame>
      <RecordForm state={state} newTitle={me.name} kind="user" canDelete={false} badge={me.role && <Badge tone="accent">{t(`roles.${me.role}`, { ns: "app" })}</Badge>} description={t("about", { company: me.organization.name })} fieldName={(name) => t(`fields.${name}`, name)}>
        <Section title={t("places.person")}>
          <TextField name="name" label={t("name")} required maxLength={255} autoComplete="name" />
          <TextField name="email" type="email" inputMode="email" label={t("email")} help={t("email_more")} required maxLength={254} autoComplete="email" />
        </Section>
        <Section title={t("manner")} description={t("manner_more")}>
          <MannerFields />
        </Section>
        <Section title={t("contact")}>
          <AddressFields />
        </Section>
      </RecordForm>
      <Panel title={t("app_language")} description={t("app_language_more")} className="mt-5">
        <Segments label={t("app_language")} value={language()} onValue={(code) => void speak(code as Language)} options={LANGUAGES.map(({ code, name }) => ({ value: code, label: <span lang={code}>{name}</span> }))} />
      </Panel>
    </ProfileFrame>
  );
}
