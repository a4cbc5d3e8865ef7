// One AI assistant.

import { useParams } from "@tanstack/react-router";
import { AudioLines, Building2, Cloud, Network } from "lucide-react";
import { useWatch } from "react-hook-form";
import { aiAssistants } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { CardsField, StatusField, SwitchField } from "@/fields/choice";
import { DestinationField } from "@/fields/destination";
import { LongTextField, NumberField, PhoneField, SecretField, TextField } from "@/fields/text";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useWords } from "@/words";
import { ParametersField } from "./parameters";
import { EMPTY, PROVIDERS, schema, toBody, toValues, type Values, WAYS } from "./values";

const ICONS = { provider: Building2, service: Cloud, sip: Network, stream: AudioLines };

export function NewAiAssistantPage() {
  return <AiAssistantForm id={undefined} />;
}

export function AiAssistantPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <AiAssistantForm key={id} id={Number(id)} />;
}

function AiAssistantForm({ id }: { id: number | undefined }) {
  const { t } = useWords("ai-assistants");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const state = useRecordForm({ resource: aiAssistants, id, schema, empty: EMPTY, toValues, toBody, pathOf: (assistant) => `/ai-assistants/${assistant.id}` });
  return (
    <RecordForm
      state={state}
      back={{ to: "/ai-assistants", label: t("title") }}
      newTitle={t("new")}
      kind="assistant"
      readOnly={!edits}
      fieldName={(name) => t(`fields.${name}`, name)}
      fieldWord={(name, word) => (name === "type" || name === "how" ? t(`ways.${word}`, word) : name === "kind" ? t(`kinds_of.${word}`, word) : undefined)}
      // A service's token is never told, so it cannot be brought back.
      restore={state.view && state.view.type !== "service" ? (assistant) => toBody(toValues(assistant)) : undefined}
    >
      <Section title={t("general")}>
        <TextField name="name" label={t("name")} required maxLength={100} autoFocus={id === undefined} disabled={!edits} />
        <StatusField name="status" disabled={!edits} />
        <LongTextField name="description" label={t("description")} className={WHOLE} rows={2} disabled={!edits} />
      </Section>
      <WaySection isNew={id === undefined} edits={edits} />
      <Section title={t("unanswered")} description={t("unanswered_more")}>
        <NumberField name="timeout" label={t("timeout")} help={t("timeout_more")} required min={5} max={300} unit="s" disabled={!edits} />
        <DestinationField name="fallback" label={t("fallback")} required className={WHOLE} disabled={!edits} />
      </Section>
    </RecordForm>
  );
}

function WaySection({ isNew, edits }: { isNew: boolean; edits: boolean }) {
  const { t } = useWords("ai-assistants");
  const [type, token] = useWatch<Values, ["type", "service_token"]>({ name: ["type", "service_token"] });
  return (
    <Section title={t("way")} description={t("way_more")}>
      <CardsField
        name="type"
        label={t("way_kind")}
        required
        disabled={!edits}
        className={WHOLE}
        options={WAYS.map((value) => {
          const Icon = ICONS[value];
          return { value, label: t(`ways.${value}`), more: t(`ways_more.${value}`), icon: <Icon aria-hidden /> };
        })}
      />
      {type === "provider" ? (
        <>
          <TextField name="provider" label={t("provider")} help={t("provider_more")} required maxLength={100} list="assistant-providers" disabled={!edits} />
          <datalist id="assistant-providers">{PROVIDERS.map((name) => <option key={name} value={name} />)}</datalist>
          <PhoneField name="phone_number" label={t("phone_number")} help={t("phone_number_more")} required disabled={!edits} />
        </>
      ) : (
        <TextField name="url" label={t(`addresses.${type}`)} required maxLength={1000} placeholder={t(`addresses_like.${type}`)} className={WHOLE} disabled={!edits} />
      )}
      {type === "service" && (
        <>
          {edits && <SecretField name="service_token" label={t("token")} help={t(isNew ? "token_more" : "token_kept")} />}
          {edits && !isNew && token === "" && <div className="sm:pt-6"><SwitchField name="service_token_gone" label={t("token_gone")} help={t("token_gone_more")} /></div>}
          <ParametersField className={WHOLE} disabled={!edits} />
        </>
      )}
    </Section>
  );
}
