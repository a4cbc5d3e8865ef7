// Whether conversations are recorded where nobody says otherwise, and how long what was recorded is kept.

import { Link } from "@tanstack/react-router";
import { Disc, MicOff } from "lucide-react";
import { prompts } from "@/api/catalogue";
import { CardsField } from "@/fields/choice";
import { RecordField } from "@/fields/record";
import { NumberField } from "@/fields/text";
import { Note } from "@/ui/panel";
import { Section, WHOLE } from "@/views/form/section";
import { useWords } from "@/words";
import { CompanyForm } from "./company-form";
import { fromRecording, NO_RECORDING, recording, toRecording } from "./company-values";

const POLICIES = [
  { value: "never", Icon: MicOff },
  { value: "always", Icon: Disc },
] as const;

export function RecordingPage() {
  const { t } = useWords("settings");
  return (
    <CompanyForm place="recording" schema={recording} empty={NO_RECORDING} toValues={toRecording} toBody={fromRecording}>
      {() => (
        <>
          <Section title={t("recording.policy")} description={t("recording.policy_more")}>
            <CardsField
              name="recording"
              label={t("recording.usual")}
              required
              className={WHOLE}
              options={POLICIES.map(({ value, Icon }) => ({ value, label: t(`recording.policies.${value}`), more: t(`recording.policies_more.${value}`), icon: <Icon aria-hidden /> }))}
            />
            <div className={WHOLE}><Note tone="warn">{t("recording.law")}</Note></div>
          </Section>
          <Section title={t("recording.details")}>
            <RecordField name="recording_announcement_id" label={t("recording.announcement")} help={t("recording.announcement_more")} resource={prompts} clearable />
            <NumberField name="recording_retention_days" label={t("recording.days")} help={<>{t("recording.days_more")} <Link to="/settings/retention" className="text-accent-text underline underline-offset-2">{t("places.retention")}</Link></>} min={1} max={3650} unit={t("days")} placeholder={t("recording.days_usual")} />
          </Section>
        </>
      )}
    </CompanyForm>
  );
}
