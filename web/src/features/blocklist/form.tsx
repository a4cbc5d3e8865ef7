// One caller, or all whose numbers begin alike, who are turned away.

import { useParams } from "@tanstack/react-router";
import { blocklist, phoneNumbers } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { StatusField, SwitchField } from "@/fields/choice";
import { InstantField } from "@/fields/instant";
import { RecordField } from "@/fields/record";
import { PhoneField, TextField } from "@/fields/text";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useCompanyZone } from "@/views/when";
import { useWords } from "@/words";
import { EMPTY, schema, toBody, toValues } from "./values";

export function NewBlockedCallerPage() {
  return <BlockedCallerForm id={undefined} />;
}

export function BlockedCallerPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <BlockedCallerForm key={id} id={Number(id)} />;
}

function BlockedCallerForm({ id }: { id: number | undefined }) {
  const { t } = useWords("blocklist");
  const { is } = useRole();
  const zone = useCompanyZone();
  const state = useRecordForm({ resource: blocklist, id, schema, empty: EMPTY, toValues, toBody, pathOf: (blocked) => `/blocklist/${blocked.id}` });
  return (
    <RecordForm
      state={state}
      back={{ to: "/blocklist", label: t("title") }}
      newTitle={t("new")}
      kind="blocked_caller"
      readOnly={!is("owner", "pbx_admin")}
      fieldName={(name) => t(`fields.${name}`, name)}
      restore={(blocked) => toBody(toValues(blocked))}
    >
      <Section title={t("who")} description={t("who_more")}>
        <PhoneField name="caller" label={t("caller")} help={t("caller_more")} required />
        <SwitchField name="is_prefix" label={t("prefix")} help={t("prefix_more")} />
        <TextField name="reason" label={t("reason")} help={t("reason_more")} maxLength={200} className={WHOLE} />
      </Section>
      <Section title={t("scope")}>
        <RecordField name="phone_number_id" label={t("number")} help={t("number_more")} resource={phoneNumbers} detail={(number) => number.friendly_name ?? undefined} clearable />
        <InstantField name="expires_at" label={t("until")} help={t("until_more")} zone={zone} min={new Date()} />
        <StatusField name="status" />
      </Section>
    </RecordForm>
  );
}
