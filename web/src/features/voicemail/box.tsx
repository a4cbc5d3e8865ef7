// One voicemail box.

import { useParams } from "@tanstack/react-router";
import { prompts, users, voicemailBoxes } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { CardsField, StatusField, SwitchField } from "@/fields/choice";
import { RecordField } from "@/fields/record";
import { NumberField, SecretField, TextField } from "@/fields/text";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useWords } from "@/words";
import { EMPTY, MAILS, schema, toBody, toValues } from "./values";

export function NewBoxPage() {
  return <BoxForm id={undefined} />;
}

export function BoxPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <BoxForm key={id} id={Number(id)} />;
}

function BoxForm({ id }: { id: number | undefined }) {
  const { t } = useWords("voicemail");
  const { is } = useRole();
  const state = useRecordForm({ resource: voicemailBoxes, id, schema, empty: EMPTY, toValues, toBody, pathOf: (box) => `/voicemail/${box.id}` });
  const mail = state.form.watch("mail");
  return (
    <RecordForm
      state={state}
      back={{ to: "/voicemail/boxes", label: t("boxes_title") }}
      newTitle={t("new")}
      kind="voicemail"
      readOnly={!is("owner", "pbx_admin")}
      fieldName={(name) => t(`fields.${name}`, name)}
      fieldWord={(name, word) => (name === "mail" ? t(`mails.${word}`, word) : undefined)}
    >
      <Section title={t("general")}>
        <TextField name="name" label={t("name")} required maxLength={100} autoFocus={id === undefined} />
        <RecordField name="user_id" label={t("owner")} help={t("owner_more")} resource={users} detail={(user) => user.email} clearable />
        <StatusField name="status" help={t("active_more")} />
      </Section>
      <Section title={t("greeting")} description={t("greeting_more")}>
        <RecordField name="greeting_id" label={t("prompt")} help={t("prompt_more")} resource={prompts} clearable />
        <NumberField name="max_length" label={t("max_length")} required min={1} max={3600} unit="s" />
        <SwitchField name="beep" label={t("beep")} help={t("beep_more")} />
      </Section>
      <Section title={t("listening")} description={t("listening_more")}>
        <SecretField name="pin" label={t("pin")} help={t(state.view?.has_pin ? "pin_keep" : "pin_more")} placeholder={state.view?.has_pin ? "••••" : undefined} />
        <NumberField name="retention_days" label={t("retention")} help={t("retention_more")} min={1} max={3650} unit={t("days")} />
      </Section>
      <Section title={t("mail")} description={t("mail_more")}>
        <CardsField name="mail" label={t("mail_of")} required className={WHOLE} options={MAILS.map((value) => ({ value, label: t(`mails.${value}`), more: t(`mails_more.${value}`) }))} />
        {mail !== "none" && <TextField name="email" type="email" label={t("email")} help={t("email_more")} maxLength={254} />}
        {mail === "attach" && <SwitchField name="delete_after_mail" label={t("delete_after")} help={t("delete_after_more")} />}
      </Section>
    </RecordForm>
  );
}
