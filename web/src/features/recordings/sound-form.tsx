// One recording: heard, renamed, given another sound, and what plays it.

import { Download, FileUp } from "lucide-react";
import { useState } from "react";
import { type Recording, recordings } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { StatusField } from "@/fields/choice";
import { Player, soundAddress } from "@/fields/sound/player";
import { TextField } from "@/fields/text";
import { bytes, stopwatch } from "@/format";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { UsedBy } from "@/views/form/used-by";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { Replace } from "./replace";
import { NO_SOUND, soundSchema, toSoundBody, toSoundValues } from "./values";

export function SoundForm({ id }: { id: number }) {
  const { t } = useWords("recordings");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const [replacing, setReplacing] = useState(false);
  const state = useRecordForm({ resource: recordings, id, schema: soundSchema, empty: NO_SOUND, toValues: toSoundValues, toBody: toSoundBody, pathOf: (sound) => `/recordings/${sound.id}` });
  const sound = state.view;
  return (
    <RecordForm
      state={state}
      back={{ to: "/recordings", label: t("title") }}
      newTitle={t("new")}
      kind="prompt"
      readOnly={!edits}
      fieldName={(name) => t(`fields.${name}`, name)}
      actions={edits && sound && <Button onClick={() => setReplacing(true)}><FileUp aria-hidden />{t("replace")}</Button>}
      aside={sound && <UsedBy resource={recordings} kind="prompt" id={id} nothing={t("unused")} />}
    >
      {sound && (
        <Section title={t("sound")}>
          <div className={WHOLE}>
            <Sound sound={sound} />
          </div>
        </Section>
      )}
      <Section title={t("general")}>
        <TextField name="name" label={t("name")} required maxLength={255} />
        <StatusField name="status" help={t("status_more")} />
      </Section>
      {replacing && sound && <Replace sound={sound} onClose={() => setReplacing(false)} />}
    </RecordForm>
  );
}

function Sound({ sound }: { sound: Recording }) {
  const { t } = useWords("recordings");
  const facts = [
    [t("length"), sound.duration_seconds === null ? null : stopwatch(sound.duration_seconds)],
    [t("size"), sound.file_size === null ? null : bytes(sound.file_size)],
    [t("file"), sound.original_filename],
    [t("source"), sound.remote_url ?? t(`types.${sound.type}`)],
    [t("created_by"), sound.created_by],
    [t("created"), <When key="created" at={sound.created_at} relative />],
  ] as const;
  const src = soundAddress(sound.id, sound.updated_at);
  return (
    <>
      {sound.file_size === null ? <Note tone="warn">{t("nothing_here")}</Note> : <Player src={src} name={sound.name} seconds={sound.duration_seconds} className="rounded-xl bg-sunken/60 p-3" />}
      <dl className="mt-4 grid gap-x-8 gap-y-2 text-[13px] sm:grid-cols-2">
        {facts.map(([label, value]) => value !== null && (
          <div key={label} className="flex gap-3 border-b pb-2">
            <dt className="w-24 shrink-0 text-muted">{label}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
      {sound.file_size !== null && (
        <Button asChild size="small" className="mt-4"><a href={src} download={sound.original_filename ?? sound.name}><Download aria-hidden />{t("download")}</a></Button>
      )}
    </>
  );
}
