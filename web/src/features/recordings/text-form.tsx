// One text that is read to callers, or one sound that lies elsewhere.

import { useWatch } from "react-hook-form";
import { prompts } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { StatusField } from "@/fields/choice";
import { LanguageField } from "@/fields/sound/language";
import { SpeakButton, useLanguageOf, VoiceField } from "@/fields/sound/voice";
import { LongTextField, TextField } from "@/fields/text";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { UsedBy } from "@/views/form/used-by";
import { useWords } from "@/words";
import { NO_TEXT, textSchema, toTextBody, toTextValues } from "./values";

export function NewTextPage() {
  return <TextForm id={undefined} kind="text" />;
}

export function TextForm({ id, kind }: { id: number | undefined; kind: "text" | "url" }) {
  const { t } = useWords("recordings");
  const { is } = useRole();
  const state = useRecordForm({ resource: prompts, id, schema: textSchema, empty: NO_TEXT, toValues: toTextValues, toBody: toTextBody, pathOf: (prompt) => `/recordings/${prompt.id}` });
  return (
    <RecordForm
      state={state}
      back={kind === "url" ? { to: "/recordings", label: t("title") } : { to: "/recordings/texts", label: t("texts") }}
      newTitle={t("new_text")}
      kind="prompt"
      readOnly={!is("owner", "pbx_admin")}
      fieldName={(name) => t(`fields.${name}`, name)}
      fieldWord={(name, word) => (name === "kind" ? t(`sound.kinds.${word}`, { ns: "app" }) : undefined)}
      restore={(prompt) => toTextBody(toTextValues(prompt))}
      aside={id !== undefined && <UsedBy resource={prompts} kind="prompt" id={id} nothing={t("unused")} />}
    >
      <Section title={t("general")}>
        <TextField name="name" label={t("name")} required maxLength={100} autoFocus={id === undefined} />
        <StatusField name="status" help={t("status_more")} />
      </Section>
      {kind === "url" ? (
        <Section title={t("sound")} description={t("elsewhere_more")}>
          <TextField name="url" label={t("url")} type="url" inputMode="url" required className={WHOLE} />
        </Section>
      ) : (
        <Section title={t("read")} description={t("read_more")}>
          <LongTextField name="text" label={t("text")} help={t("text_more")} required rows={5} className={WHOLE} />
          <VoiceField name="voice" label={t("voice")} />
          <LanguageField name="language" label={t("language")} help={t("language_more")} />
          <div className={WHOLE}><Preview /></div>
        </Section>
      )}
    </RecordForm>
  );
}

function Preview() {
  const [text, voice, spoken] = useWatch({ name: ["text", "voice", "language"] }) as [string, string | null, string | null];
  const known = useLanguageOf(voice);
  return <SpeakButton text={text} spoken={known ?? spoken ?? undefined} />;
}
