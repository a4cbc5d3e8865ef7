// One phone number.

import { useParams } from "@tanstack/react-router";
import { type PhoneNumber, phoneNumbers } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { StatusField } from "@/fields/choice";
import { DestinationField } from "@/fields/destination";
import { RecordingPolicyFields } from "@/fields/recording-policy";
import { PhoneField, TextField } from "@/fields/text";
import { phone } from "@/format";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useWords } from "@/words";
import { LeadsTo } from "./leads-to";
import { EMPTY, NAMES, schema, toChange, toNew, toValues } from "./values";

export function NewNumberPage() {
  return <NumberForm id={undefined} />;
}

export function NumberPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <NumberForm key={id} id={Number(id)} />;
}

/** As people read it, in titles and sentences. */
const spoken = { ...phoneNumbers, title: (number: PhoneNumber) => phone(number.phone_number) };

function NumberForm({ id }: { id: number | undefined }) {
  const { t } = useWords("numbers");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const state = useRecordForm({
    resource: spoken,
    id,
    schema,
    empty: EMPTY,
    toValues,
    toBody: (values, before) => (before ? toChange(values) : toNew(values)),
    names: NAMES,
    pathOf: (number) => `/numbers/${number.id}`,
  });
  return (
    <RecordForm
      state={state}
      back={{ to: "/numbers", label: t("title") }}
      newTitle={t("new")}
      kind="phone_number"
      description={state.view?.friendly_name}
      readOnly={!edits}
      fieldName={(name) => t(`fields.${name}`, name)}
      restore={(number) => toNew(toValues(number))}
      aside={state.view && <LeadsTo number={state.view} />}
    >
      <Section title={t("general")}>
        <PhoneField name="phone_number" label={t("number")} help={t(id === undefined ? "number_more" : "number_stays")} required disabled={id !== undefined} />
        <TextField name="friendly_name" label={t("name")} help={t("name_more")} maxLength={255} />
        <StatusField name="status" help={t("status_more")} />
      </Section>
      <Section title={t("leads_to")} description={t("leads_to_more")}>
        <DestinationField name="destination" label={t("destination.title", { ns: "app" })} required className={WHOLE} disabled={!edits} />
      </Section>
      <Section title={t("recording")} description={t("recording_more")}>
        <RecordingPolicyFields disabled={!edits} />
      </Section>
    </RecordForm>
  );
}
