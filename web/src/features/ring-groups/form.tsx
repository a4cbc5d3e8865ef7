// One ring group.

import { useParams } from "@tanstack/react-router";
import { PhoneForwarded, Repeat, Rows3, Shuffle } from "lucide-react";
import { ringGroups } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { CardsField, StatusField } from "@/fields/choice";
import { DestinationField } from "@/fields/destination";
import { LongTextField, NumberField, TextField } from "@/fields/text";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useWords } from "@/words";
import { MembersField } from "./members";
import { EMPTY, NAMES, schema, STRATEGIES, toBody, toValues } from "./values";

const ICONS = { simultaneous: PhoneForwarded, sequential: Rows3, round_robin: Repeat, random: Shuffle };

export function NewRingGroupPage() {
  return <RingGroupForm id={undefined} />;
}

export function RingGroupPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <RingGroupForm key={id} id={Number(id)} />;
}

function RingGroupForm({ id }: { id: number | undefined }) {
  const { t } = useWords("ring-groups");
  const { is } = useRole();
  const state = useRecordForm({ resource: ringGroups, id, schema, empty: EMPTY, toValues, toBody, names: NAMES, pathOf: (group) => `/ring-groups/${group.id}` });
  return (
    <RecordForm
      state={state}
      back={{ to: "/ring-groups", label: t("title") }}
      newTitle={t("new")}
      kind="ring_group"
      readOnly={!is("owner", "pbx_admin")}
      fieldName={(name) => t(`fields.${name}`, name)}
      fieldWord={(name, word) => (name === "strategy" ? t(`strategies.${word}`, word) : undefined)}
      restore={(group) => toBody(toValues(group))}
    >
      <Section title={t("general")}>
        <TextField name="name" label={t("name")} required maxLength={100} autoFocus={id === undefined} />
        <StatusField name="status" />
        <LongTextField name="description" label={t("description")} className={WHOLE} rows={2} />
      </Section>
      <Section title={t("ringing")} description={t("ringing_more")}>
        <CardsField
          name="strategy"
          label={t("strategy")}
          required
          className={WHOLE}
          options={STRATEGIES.map((value) => {
            const Icon = ICONS[value];
            return { value, label: t(`strategies.${value}`), more: t(`strategies_more.${value}`), icon: <Icon aria-hidden /> };
          })}
        />
        <NumberField name="timeout" label={t("timeout")} help={t("timeout_more")} required min={5} max={300} unit="s" />
        <NumberField name="ring_turns" label={t("turns")} help={t("turns_more")} required min={1} max={9} />
      </Section>
      <Section title={t("members")} description={t("members_more")}>
        <MembersField className={WHOLE} disabled={!is("owner", "pbx_admin")} />
      </Section>
      <Section title={t("fallback")} description={t("fallback_more")}>
        <DestinationField name="fallback" label={t("fallback_to")} required className={WHOLE} />
      </Section>
    </RecordForm>
  );
}
