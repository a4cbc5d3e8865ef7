// The frame of the three forms that change the company: who may, where it saves, and what its fields are called in its history.

import type { ReactNode } from "react";
import type { FieldValues } from "react-hook-form";
import type { ZodType } from "zod";
import { type CompanySettings, companySettings } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { Note } from "@/ui/panel";
import { RecordForm } from "@/views/form/record-form";
import { useRecordForm } from "@/views/form/use-record-form";
import { useWords } from "@/words";
import { SettingsFrame } from "./frame";

interface CompanyFormProps<Values extends FieldValues> {
  place: string;
  schema: ZodType<Values, Values>;
  empty: Values;
  toValues: (view: CompanySettings) => Values;
  toBody: (values: Values, before: CompanySettings | undefined) => unknown;
  onSaved?: () => void;
  children: (view: CompanySettings | undefined) => ReactNode;
  below?: ReactNode;
}

export function CompanyForm<Values extends FieldValues>({ place, schema, empty, toValues, toBody, onSaved, children, below }: CompanyFormProps<Values>) {
  const { t } = useWords("settings");
  const { is } = useRole();
  const state = useRecordForm({ resource: { ...companySettings, title: () => t(`places.${place}`) }, id: 0, schema, empty, toValues, toBody, pathOf: () => `/settings/${place}`, onSaved });
  return (
    <SettingsFrame>
      <RecordForm
        state={state}
        newTitle={t(`places.${place}`)}
        kind="company"
        description={t(`places_more.${place}`)}
        readOnly={!is("owner")}
        canDelete={false}
        fieldName={(name) => t(`fields_of_company.${name}`, name)}
        fieldWord={(name, word) => (name === "blocked_callers_hear" ? t(`security.heard.${word}`, word) : undefined)}
      >
        {!is("owner") && <Note>{t("owners_only")}</Note>}
        {children(state.view)}
      </RecordForm>
      {below}
    </SettingsFrame>
  );
}
