// The language in which something is said, by its BCP 47 tag.

import { useMemo } from "react";
import { Combobox } from "@/ui/combobox";
import { language } from "@/words";
import { useComboboxWords } from "../choice";
import { FieldFrame, type FieldProps } from "../field";
import { useVoices } from "./voice";

/** What speech engines usually know; those of the carrier's voices join them. */
const USUAL = (
  "ar-AE bg-BG ca-ES cs-CZ cy-GB da-DK de-AT de-CH de-DE el-GR en-AU en-CA en-GB en-IE en-IN en-NZ en-US en-ZA es-AR es-ES es-MX es-US et-EE fi-FI " +
  "fr-BE fr-CA fr-CH fr-FR he-IL hi-IN hr-HR hu-HU id-ID is-IS it-IT ja-JP ko-KR lt-LT lv-LV ms-MY nb-NO nl-BE nl-NL pl-PL pt-BR pt-PT ro-RO ru-RU " +
  "sk-SK sl-SI sr-RS sv-SE th-TH tr-TR uk-UA vi-VN zh-CN zh-HK zh-TW"
).split(" ");

export function LanguageField(props: FieldProps) {
  const words = useComboboxWords();
  const voices = useVoices().data?.data;
  const spoken = language();
  const choices = useMemo(() => {
    const names = new Intl.DisplayNames(spoken, { type: "language" });
    const tags = [...new Set([...USUAL, ...(voices ?? []).map((voice) => voice.language)])];
    const named = tags.map((tag) => ({ value: tag, label: nameOf(names, tag), detail: tag }));
    return named.sort((a, b) => a.label.localeCompare(b.label, spoken));
  }, [voices, spoken]);
  return (
    <FieldFrame {...props}>
      {({ value, onChange }, marks) => (
        <Combobox id={marks.id} value={value ?? null} valueLabel={value ?? undefined} onValue={onChange} choices={choices} clearable disabled={marks.disabled} invalid={marks["aria-invalid"]} describedBy={marks["aria-describedby"]} words={words} />
      )}
    </FieldFrame>
  );
}

/** A tag that is none is its own name. */
function nameOf(names: Intl.DisplayNames, tag: string): string {
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
}
