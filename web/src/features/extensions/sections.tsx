// Parts of the form of a person's extension: how it rings, where its calls go otherwise, and what it may call.

import { useWatch } from "react-hook-form";
import { phoneNumbers, voicemailBoxes } from "@/api/catalogue";
import { useList } from "@/api/resources";
import { useRole } from "@/api/session";
import { SwitchField } from "@/fields/choice";
import { DestinationField } from "@/fields/destination";
import { RecordField } from "@/fields/record";
import { NumberField, TextField } from "@/fields/text";
import { Section, WHOLE } from "@/views/form/section";
import { useWords } from "@/words";
import { FORWARDS, LIMIT_MAX } from "./values";

export function RingingSection({ edits }: { edits: boolean }) {
  const { t } = useWords("extensions");
  const { is } = useRole();
  const takesMessages = useWatch({ name: "voicemail_enabled" }) as boolean;
  return (
    <Section title={t("ringing")} description={t("ringing_more")}>
      <NumberField name="ring_timeout" label={t("ring_timeout")} help={t("ring_timeout_more")} required min={5} max={300} unit="s" disabled={!edits} />
      <div className="sm:pt-6"><SwitchField name="do_not_disturb" label={t("do_not_disturb")} help={t("do_not_disturb_more")} /></div>
      <div className="sm:pt-1"><SwitchField name="voicemail_enabled" label={t("voicemail")} help={t("voicemail_more")} disabled={!edits} /></div>
      {takesMessages && !is("pbx_user") && <RecordField name="voicemail_id" label={t("box")} resource={voicemailBoxes} placeholder={t("box_own")} disabled={!edits} />}
    </Section>
  );
}

export function ForwardsSection() {
  const { t } = useWords("extensions");
  return (
    <Section title={t("forwards")} description={t("forwards_more")}>
      {FORWARDS.map((name) => <DestinationField key={name} name={name} label={t(`${name}`)} none={t(`none.${name}`)} stacked />)}
    </Section>
  );
}

/** So many of the company's numbers are offered as caller IDs. */
const NUMBERS_MAX = 100;

export function OutsideSection({ edits }: { edits: boolean }) {
  const { t } = useWords("extensions");
  const dialsOut = useWatch({ name: "dials_out" }) as boolean;
  const numbers = useList(phoneNumbers, { per_page: NUMBERS_MAX, status: "active" });
  return (
    <Section title={t("outside")} description={t("outside_more")}>
      <SwitchField name="dials_out" label={t("dials_out")} help={t("dials_out_more")} disabled={!edits} className={WHOLE} />
      {dialsOut && (
        <>
          <TextField name="caller_id" label={t("caller_id")} help={t("caller_id_more")} placeholder={t("caller_id_usual")} list="company-numbers" disabled={!edits} className={WHOLE} />
          <datalist id="company-numbers">
            {numbers.data?.data.map((number) => <option key={number.id} value={number.phone_number}>{number.friendly_name ?? ""}</option>)}
          </datalist>
          <NumberField name="outbound_calls_max" label={t("calls_max")} help={t("calls_max_more")} min={0} max={LIMIT_MAX} placeholder={t("unlimited")} disabled={!edits} />
          <NumberField name="outbound_minutes_per_day_max" label={t("minutes_max")} help={t("minutes_max_more")} min={0} max={LIMIT_MAX} unit="min" placeholder={t("unlimited")} disabled={!edits} />
        </>
      )}
    </Section>
  );
}
