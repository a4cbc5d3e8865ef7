// PINs of a room: written in the form, or drawn; shown beside it on demand only, and each time on record.

import { useMutation } from "@tanstack/react-query";
import { Dices, Eye } from "lucide-react";
import { type AnswerOf, conferenceRooms, type Room } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { FieldFrame, type FieldProps } from "@/fields/field";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";
import { Note, Panel } from "@/ui/panel";
import { CopyButton } from "@/views/copyable";
import { useWords } from "@/words";
import { drawnPin, PIN_DIGITS_MAX } from "./values";

type Pins = AnswerOf<"/api/v1/conference-rooms/{id}/pins">;

export function PinField(props: FieldProps) {
  const { t } = useWords("conference-rooms");
  return (
    <FieldFrame {...props}>
      {({ value, onChange, ...field }, marks) => (
        <div className="flex gap-2">
          <Input {...marks} {...field} disabled={marks.disabled} inputMode="numeric" autoComplete="off" maxLength={PIN_DIGITS_MAX} value={value ?? ""} onChange={(event) => onChange(event.target.value)} className="font-mono tracking-wider" />
          <Button aria-label={t("draw_for", { label: props.label })} onClick={() => onChange(drawnPin())}><Dices aria-hidden />{t("draw")}</Button>
        </div>
      )}
    </FieldFrame>
  );
}

export function PinsPanel({ room }: { room: Room }) {
  const { t } = useWords("conference-rooms");
  const reveal = useMutation({
    mutationFn: async () => (await ask<Pins>("get", `${conferenceRooms.path}/${room.id}/pins`)).data,
    // Shown until it is hidden, and kept nowhere.
    gcTime: 0,
  });
  return (
    <Panel title={t("pins")} description={t("pins_more")}>
      {reveal.data ? (
        <dl className="divide-y rounded-xl border">
          <Pin name={t("pin")} pin={reveal.data.pin} />
          <Pin name={t("host_pin")} pin={reveal.data.host_pin} />
        </dl>
      ) : (
        <Button busy={reveal.isPending} onClick={() => reveal.mutate()}>{!reveal.isPending && <Eye aria-hidden />}{t("show_pins")}</Button>
      )}
      {reveal.isError && <Note tone="bad" className="mt-3">{sentenceOf(reveal.error, t("failed.network", { ns: "app" }))}</Note>}
      {reveal.data && <Button size="small" className="mt-3" onClick={() => reveal.reset()}>{t("form.hide", { ns: "app" })}</Button>}
      <p className="mt-3 text-[13px] text-muted">{t("on_record")}</p>
    </Panel>
  );
}

function Pin({ name, pin }: { name: string; pin: string | null }) {
  const { t } = useWords("conference-rooms");
  return (
    <div className="py-2 pr-2 pl-3.5">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="flex min-h-7 items-center gap-1">
        {pin ? <><span className="min-w-0 grow font-mono tracking-wider">{pin}</span><CopyButton text={pin} label={name} /></> : <span className="text-muted">{t("none_set")}</span>}
      </dd>
    </div>
  );
}
