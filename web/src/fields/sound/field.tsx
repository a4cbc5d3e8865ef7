// What callers hear: a prompt of the library, listened to here, and made here where there is none yet.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ExternalLink, Mic, Plus } from "lucide-react";
import { useState } from "react";
import { type Prompt, prompts } from "@/api/catalogue";
import { recordOptions } from "@/api/resources";
import { Button } from "@/ui/button";
import { useWords } from "@/words";
import { FieldFrame, type FieldProps } from "../field";
import { RecordSelect } from "../record";
import { NewSoundDialog } from "./new-sound";
import { Player, soundAddress } from "./player";
import { SpeakButton } from "./voice";

interface SoundInputProps {
  id?: string;
  /** The id of a prompt. */
  value: number | null;
  onValue: (value: number | null) => void;
  clearable?: boolean;
  disabled?: boolean;
  invalid?: boolean;
  describedBy?: string;
  /** What is heard while none is chosen. */
  placeholder?: string;
  /** What a new one is called at first. */
  newName?: string;
  /** Whether new ones may be made here; reading roles may not. */
  creates?: boolean;
}

export function SoundInput({ id, value, onValue, clearable, disabled, invalid, describedBy, placeholder, newName, creates = !disabled }: SoundInputProps) {
  const { t } = useWords();
  const [making, setMaking] = useState(false);
  return (
    <div className="space-y-2">
      <div className="flex gap-2">
        <div className="min-w-0 grow">
          <RecordSelect id={id} resource={prompts} filter={{ status: "active" }} detail={(prompt) => t(`sound.kinds.${prompt.kind}`)} value={value} onValue={onValue} clearable={clearable} disabled={disabled} invalid={invalid} describedBy={describedBy} label={placeholder} />
        </div>
        {creates && (
          <Button onClick={() => setMaking(true)} aria-label={t("sound.new")}>
            <Plus className="-mr-1" aria-hidden /><Mic aria-hidden />
            <span className="max-sm:hidden">{t("sound.new_short")}</span>
          </Button>
        )}
      </div>
      {value !== null && <Heard id={value} />}
      {creates && <NewSoundDialog open={making} onOpenChange={setMaking} name={newName} onCreated={(sound) => onValue(sound.id)} />}
    </div>
  );
}

/** What a prompt sounds like. */
export function Heard({ id }: { id: number }) {
  const prompt = useQuery(recordOptions(prompts, id)).data?.view;
  return prompt ? <HeardPrompt prompt={prompt} /> : null;
}

export function HeardPrompt({ prompt }: { prompt: Prompt }) {
  const { t } = useWords();
  return (
    <div className="rounded-lg border bg-sunken/50 px-3 py-2.5">
      {prompt.kind === "recording" && <Player src={soundAddress(prompt.id, prompt.updated_at)} name={prompt.name} />}
      {prompt.kind === "text" && (
        <>
          <blockquote className="mb-2" lang={prompt.language ?? undefined}>“{prompt.text}”</blockquote>
          <SpeakButton text={prompt.text ?? ""} spoken={prompt.language ?? undefined} />
        </>
      )}
      {prompt.kind === "url" && (
        <a href={prompt.url ?? undefined} target="_blank" rel="noreferrer" className="inline-flex max-w-full items-center gap-1.5 text-accent-text hover:underline">
          <ExternalLink className="size-3.5 shrink-0" aria-hidden />
          <span className="truncate">{prompt.url}</span>
        </a>
      )}
      <Link to={`/recordings/${prompt.id}`} className="mt-1.5 inline-block text-[13px] text-muted hover:text-ink hover:underline">{t("sound.to_library")}</Link>
    </div>
  );
}

/** Its value is the id of a prompt, or null. */
export function SoundField({ clearable, placeholder, newName, creates, ...props }: FieldProps & Pick<SoundInputProps, "clearable" | "placeholder" | "newName" | "creates">) {
  return (
    <FieldFrame {...props}>
      {({ value, onChange }, marks) => (
        <SoundInput id={marks.id} value={value ?? null} onValue={onChange} clearable={clearable} disabled={marks.disabled} invalid={marks["aria-invalid"]} describedBy={marks["aria-describedby"]} placeholder={placeholder} newName={newName} creates={creates} />
      )}
    </FieldFrame>
  );
}
