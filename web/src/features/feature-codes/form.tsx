// One feature code.

import { useParams } from "@tanstack/react-router";
import { featureCodes, type NewOf } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { SelectField, StatusField } from "@/fields/choice";
import { TextField } from "@/fields/text";
import { RecordForm } from "@/views/form/record-form";
import { Section } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useWords } from "@/words";
import { EMPTY, FEATURES, schema, toValues } from "./values";

export function NewFeatureCodePage() {
  return <FeatureCodeForm id={undefined} />;
}

export function FeatureCodePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <FeatureCodeForm key={id} id={Number(id)} />;
}

function FeatureCodeForm({ id }: { id: number | undefined }) {
  const { t } = useWords("feature-codes");
  const { is } = useRole();
  const state = useRecordForm({ resource: featureCodes, id, schema, empty: EMPTY, toValues, toBody: (values): NewOf<"/api/v1/feature-codes"> => values, pathOf: (code) => `/feature-codes/${code.id}` });
  return (
    <RecordForm
      state={state}
      back={{ to: "/feature-codes", label: t("title") }}
      newTitle={t("new")}
      kind="feature_code"
      readOnly={!is("owner", "pbx_admin")}
      fieldName={(name) => t(`fields.${name}`, name)}
      fieldWord={(name, word) => (name === "feature" ? t(`features.${word}`, word) : undefined)}
      restore={toValues}
    >
      <Section title={t("general")}>
        <TextField name="code" label={t("code")} help={t("code_more")} placeholder="*97" maxLength={8} required autoFocus={id === undefined} />
        <SelectField name="feature" label={t("feature")} required options={FEATURES.map((value) => ({ value, label: t(`features.${value}`) }))} />
        <StatusField name="status" help={t("active_more")} />
      </Section>
    </RecordForm>
  );
}
