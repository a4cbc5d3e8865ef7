// One conference room.

import { useParams } from "@tanstack/react-router";
import { useWatch } from "react-hook-form";
import { conferenceRooms } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { StatusField, SwitchField } from "@/fields/choice";
import { LongTextField, NumberField, TextField } from "@/fields/text";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useWords } from "@/words";
import { PinField, PinsPanel } from "./pins";
import { EMPTY, PARTICIPANTS_MAX, schemaOf, toBody, toRestored, toValues, type Values } from "./values";

export function NewConferenceRoomPage() {
  return <ConferenceRoomForm id={undefined} />;
}

export function ConferenceRoomPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <ConferenceRoomForm key={id} id={Number(id)} />;
}

function ConferenceRoomForm({ id }: { id: number | undefined }) {
  const { t } = useWords("conference-rooms");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const state = useRecordForm({ resource: conferenceRooms, id, schema: schemaOf(id === undefined), empty: EMPTY, toValues, toBody, pathOf: (room) => `/conference-rooms/${room.id}` });
  return (
    <RecordForm
      state={state}
      back={{ to: "/conference-rooms", label: t("title") }}
      newTitle={t("new")}
      kind="conference_room"
      readOnly={!edits}
      fieldName={(name) => t(`fields.${name}`, name)}
      restore={state.view && !state.view.pin_required ? toRestored : undefined}
      aside={state.view && edits && <PinsPanel key={state.view.id} room={state.view} />}
    >
      <Section title={t("general")}>
        <TextField name="name" label={t("name")} required maxLength={255} autoFocus={id === undefined} disabled={!edits} />
        <NumberField name="max_participants" label={t("participants")} help={t("participants_more")} required min={2} max={PARTICIPANTS_MAX} disabled={!edits} />
        <LongTextField name="description" label={t("description")} className={WHOLE} rows={2} disabled={!edits} />
        <StatusField name="status" disabled={!edits} />
      </Section>
      <EntrySection isNew={id === undefined} edits={edits} />
      <Section title={t("meeting")} description={t("meeting_more")}>
        <SwitchField name="mute_on_entry" label={t("mute")} help={t("mute_more")} disabled={!edits} />
        <SwitchField name="announce_join_leave" label={t("announce")} help={t("announce_more")} disabled={!edits} />
        <SwitchField name="music_on_hold" label={t("music")} help={t("music_more")} disabled={!edits} />
        <SwitchField name="recording_enabled" label={t("record")} help={t("record_more")} disabled={!edits} />
      </Section>
    </RecordForm>
  );
}

function EntrySection({ isNew, edits }: { isNew: boolean; edits: boolean }) {
  const { t } = useWords("conference-rooms");
  const [asks, host_pin] = useWatch<Values, ["pin_required", "host_pin"]>({ name: ["pin_required", "host_pin"] });
  return (
    <Section title={t("entry")} description={t("entry_more")}>
      <SwitchField name="pin_required" label={t("asks")} help={t("asks_more")} disabled={!edits} />
      <SwitchField name="wait_for_host" label={t("waits")} help={t("waits_more")} disabled={!edits} />
      {edits && (
        <>
          {asks && <PinField name="pin" label={t("pin")} help={t(isNew ? "pin_more" : "pin_kept")} required={isNew} />}
          <PinField name="host_pin" label={t("host_pin")} help={t(isNew ? "host_pin_more" : "pin_kept")} />
          {!isNew && !asks && host_pin === "" && <SwitchField name="host_pin_gone" label={t("host_pin_gone")} help={t("host_pin_gone_more")} />}
        </>
      )}
    </Section>
  );
}
