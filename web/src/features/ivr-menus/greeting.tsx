// What callers hear first: a prompt of the library, a text that is read, or a sound that lies elsewhere.

import { useController, useFormContext, useWatch } from "react-hook-form";
import { SoundField } from "@/fields/sound/field";
import { SpeakButton, useLanguageOf, VoiceField } from "@/fields/sound/voice";
import { LongTextField, TextField } from "@/fields/text";
import { Segments } from "@/ui/tabs";
import { useWords } from "@/words";
import { SOURCES } from "./values";

export function Greeting({ className, readOnly }: { className: string; readOnly: boolean }) {
  const { t } = useWords("ivr-menus");
  const { clearErrors } = useFormContext();
  const { field } = useController({ name: "greeting.source" });
  return (
    <div className={className}>
      <div className="mb-4">
        <Segments
          label={t("greeting_source")}
          value={field.value}
          onValue={(source) => {
            field.onChange(source);
            clearErrors("greeting");
          }}
          options={SOURCES.map((value) => ({ value, label: t(`sources.${value}`) }))}
        />
      </div>
      {field.value === "library" && <SoundField name="greeting.recording" label={t("greeting_prompt")} required newName={t("welcome")} creates={!readOnly} disabled={readOnly} />}
      {field.value === "text" && <Text />}
      {field.value === "url" && <TextField name="greeting.url" label={t("url")} help={t("url_more")} type="url" inputMode="url" required />}
    </div>
  );
}

function Text() {
  const { t } = useWords("ivr-menus");
  const [text, voice] = useWatch({ name: ["greeting.text", "greeting.voice"] }) as [string, string | null];
  const spoken = useLanguageOf(voice);
  return (
    <div className="space-y-4">
      <LongTextField name="greeting.text" label={t("text")} required rows={4} placeholder={t("text_example")} />
      <VoiceField name="greeting.voice" label={t("voice")} className="max-w-lg" />
      <SpeakButton text={text} spoken={spoken} />
    </div>
  );
}
