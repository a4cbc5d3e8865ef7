// A voice that reads texts: those of the carrier, and a first impression by a voice of the browser.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { Square, Volume2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { AnswerOf } from "@/api/catalogue";
import { ask } from "@/api/resources";
import { Button } from "@/ui/button";
import { Combobox } from "@/ui/combobox";
import { Input } from "@/ui/input";
import { Press } from "@/ui/press";
import { language, useWords } from "@/words";
import { useComboboxWords } from "../choice";
import { FieldFrame, type FieldProps } from "../field";

type Voices = AnswerOf<"/api/v1/ivr-menus/voices">;
type Voice = Voices["data"][number];

const VOICES = queryOptions({
  queryKey: ["voices"],
  queryFn: async ({ signal }) => (await ask<Voices>("get", "ivr-menus/voices", { signal })).data,
  // The carrier's list hardly ever changes, and asking for it asks the carrier.
  staleTime: 60 * 60_000,
  retry: false,
});

export function useVoices() {
  return useQuery(VOICES);
}

/** Voices as they are offered: those of the company's own language first, then by language and name. */
export function offered(voices: readonly Voice[], spoken: string, nameOfLanguage: (code: string) => string): { value: string; label: string; detail: string; group: string }[] {
  const own = (voice: Voice) => (voice.language.slice(0, 2) === spoken.slice(0, 2) ? 0 : 1);
  return [...voices]
    .sort((a, b) => own(a) - own(b) || nameOfLanguage(a.language).localeCompare(nameOfLanguage(b.language), spoken) || a.name.localeCompare(b.name, spoken))
    .map((voice) => ({ value: voice.id, label: voice.name, detail: voice.provider, group: nameOfLanguage(voice.language) }));
}

function useLanguageName() {
  const spoken = language();
  return useMemo(() => {
    const names = new Intl.DisplayNames(spoken, { type: "language" });
    return (code: string) => {
      try {
        return names.of(code) ?? code;
      } catch {
        return code;
      }
    };
  }, [spoken]);
}

export function VoiceField(props: FieldProps) {
  const { t } = useWords();
  const words = useComboboxWords();
  const voices = useVoices();
  const nameOfLanguage = useLanguageName();
  const choices = useMemo(() => offered(voices.data?.data ?? [], language(), nameOfLanguage), [voices.data, nameOfLanguage]);
  return (
    <FieldFrame {...props} help={voices.isError ? t("sound.no_voices") : props.help}>
      {({ value, onChange, ref, name, onBlur }, marks) =>
        voices.isError ? (
          // Whoever knows the name of a voice can write it.
          <Input {...marks} ref={ref} name={name} onBlur={onBlur} maxLength={100} placeholder={t("sound.usual_voice")} value={value ?? ""} onChange={(event) => onChange(event.target.value || null)} />
        ) : (
          <Combobox id={marks.id} value={value || null} valueLabel={value || undefined} onValue={onChange} choices={choices} clearable disabled={marks.disabled} invalid={marks["aria-invalid"]} describedBy={marks["aria-describedby"]} loading={voices.isPending} words={{ ...words, placeholder: t("sound.usual_voice") }} />
        )
      }
    </FieldFrame>
  );
}

/** The language of a voice, as far as it is known. */
export function useLanguageOf(voice: string | null | undefined): string | undefined {
  return useVoices().data?.data.find(({ id }) => id === voice)?.language;
}

/** Reads a text with a voice of the browser, and says that callers hear another. */
export function SpeakButton({ text, spoken }: { text: string; spoken: string | undefined }) {
  const { t } = useWords();
  const [speaking, setSpeaking] = useState(false);
  useEffect(() => () => globalThis.speechSynthesis?.cancel(), []);
  if (!globalThis.speechSynthesis) return null;
  const toggle = () => {
    speechSynthesis.cancel();
    if (speaking) return setSpeaking(false);
    const utterance = new SpeechSynthesisUtterance(text);
    if (spoken) utterance.lang = spoken;
    utterance.onend = () => setSpeaking(false);
    utterance.onerror = () => setSpeaking(false);
    speechSynthesis.speak(utterance);
    setSpeaking(true);
  };
  const nothing = text.trim() === "" && !speaking;
  const Icon = speaking ? Square : Volume2;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Button asChild size="small" className={nothing ? "opacity-55" : "cursor-pointer"}><Press disabled={nothing} onPress={toggle}><Icon aria-hidden />{t(speaking ? "sound.quiet" : "sound.listen")}</Press></Button>
      <span className="text-[13px] text-muted">{t("sound.listen_more")}</span>
    </div>
  );
}
