// One outbound rule.

import { useParams } from "@tanstack/react-router";
import { outboundRules } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { CountryField, StatusField } from "@/fields/choice";
import { NumberField, PhoneField, TextField } from "@/fields/text";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useWords } from "@/words";
import { TrunksField } from "./trunks";
import { EMPTY, NAMES, schema, toBody, toValues } from "./values";

export function NewOutboundRulePage() {
  return <OutboundRuleForm id={undefined} />;
}

export function OutboundRulePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <OutboundRuleForm key={id} id={Number(id)} />;
}

function OutboundRuleForm({ id }: { id: number | undefined }) {
  const { t } = useWords("outbound-rules");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const state = useRecordForm({ resource: outboundRules, id, schema, empty: EMPTY, toValues, toBody, names: NAMES, pathOf: (rule) => `/outbound-rules/${rule.id}` });
  return (
    <RecordForm
      state={state}
      back={{ to: "/outbound-rules", label: t("title") }}
      newTitle={t("new")}
      kind="outbound_rule"
      readOnly={!edits}
      fieldName={(name) => t(`fields.${name}`, name)}
      restore={(rule) => toBody(toValues(rule))}
    >
      <Section title={t("general")}>
        <TextField name="name" label={t("name")} required maxLength={255} autoFocus={id === undefined} />
        <StatusField name="status" help={t("active_more")} />
      </Section>
      <Section title={t("where")} description={t("where_more")}>
        <CountryField name="country" label={t("country")} clearable />
        <TextField name="prefix" label={t("prefix")} help={t("prefix_more")} inputMode="tel" maxLength={16} />
        <NumberField name="sequence" label={t("sequence")} help={t("sequence_more")} required min={1} max={10_000} />
      </Section>
      <Section title={t("how")}>
        <TrunksField className={WHOLE} disabled={!edits} />
        <PhoneField name="caller_id" label={t("caller_id")} help={t("caller_id_more")} className={WHOLE} />
      </Section>
    </RecordForm>
  );
}
