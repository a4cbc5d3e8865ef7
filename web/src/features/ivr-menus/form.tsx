// One menu.

import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { ivrMenus } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { StatusField, SwitchField } from "@/fields/choice";
import { DestinationField } from "@/fields/destination";
import { SoundField } from "@/fields/sound/field";
import { LongTextField, NumberField, TextField } from "@/fields/text";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { numbersOf } from "@/views/menus/keys";
import { useWords } from "@/words";
import { Greeting } from "./greeting";
import { KeysField } from "./keys";
import { EMPTY, NAMES, schema, toBody, toValues, type Values } from "./values";

export function NewMenuPage() {
  return <MenuForm id={undefined} />;
}

export function MenuPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <MenuForm key={id} id={Number(id)} />;
}

function MenuForm({ id }: { id: number | undefined }) {
  const { t } = useWords("ivr-menus");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const queries = useQueryClient();
  const bodyOf = (values: Values) => async () => toBody(values, await numbersOf(queries, values.options));
  const state = useRecordForm({ resource: ivrMenus, id, schema, empty: EMPTY, toValues, toBody: bodyOf, names: NAMES, pathOf: (menu) => `/ivr-menus/${menu.id}` });
  return (
    <RecordForm
      state={state}
      back={{ to: "/ivr-menus", label: t("title") }}
      newTitle={t("new")}
      kind="ivr_menu"
      readOnly={!edits}
      fieldName={(name) => t(`fields.${name}`, name)}
      fieldWord={(name, word) => (name === "source" ? t(`sources.${word}`, word) : undefined)}
      restore={(menu) => bodyOf(toValues(menu))}
    >
      <Section title={t("general")}>
        <TextField name="name" label={t("name")} required maxLength={255} autoFocus={id === undefined} />
        <StatusField name="status" />
        <LongTextField name="description" label={t("description")} className={WHOLE} rows={2} />
      </Section>
      <Section title={t("greeting")} description={t("greeting_more")}>
        <Greeting className={WHOLE} readOnly={!edits} />
      </Section>
      <Section title={t("keys")} description={t("keys_more")}>
        <KeysField className={WHOLE} readOnly={!edits} menu={id} />
      </Section>
      <Section title={t("waiting")} description={t("waiting_more")}>
        <NumberField name="max_timeout" label={t("max_timeout")} help={t("max_timeout_more")} required min={1} max={30} unit="s" />
        <NumberField name="inter_digit_timeout" label={t("inter_digit")} help={t("inter_digit_more")} required min={1} max={30} unit="s" />
        <NumberField name="max_turns" label={t("turns")} help={t("turns_more")} required min={1} max={9} />
        <SwitchField name="direct_dial" label={t("direct_dial")} help={t("direct_dial_more")} />
        <SoundField name="no_input" label={t("no_input")} help={t("no_input_more")} clearable placeholder={t("nothing_said")} newName={t("no_input")} creates={edits} disabled={!edits} />
        <SoundField name="wrong_key" label={t("wrong_key")} help={t("wrong_key_more")} clearable placeholder={t("nothing_said")} newName={t("wrong_key")} creates={edits} disabled={!edits} />
      </Section>
      <Section title={t("failover")} description={t("failover_more")}>
        <DestinationField name="failover" label={t("failover_to")} required className={WHOLE} />
      </Section>
    </RecordForm>
  );
}
