// What an extension, a number or a trunk says of recording its calls: whether, what the caller is told first, and how long it is kept.

import { useWatch } from "react-hook-form";
import { z } from "zod";
import { prompts } from "@/api/catalogue";
import { useWords } from "@/words";
import { CardsField } from "./choice";
import { RecordField } from "./record";
import { NumberField } from "./text";

export const RECORDING_RULES = ["inherit", "never", "always"] as const;
/** As the models limit it: ten years. */
const DAYS_MAX = 3650;

/** Spread it into the schema of a form; its fields are called as the API calls them. */
export const recordingPolicy = {
  recording: z.enum(RECORDING_RULES),
  recording_announcement_id: z.number().nullable(),
  recording_retention_days: z.number("problems.number").int("problems.number").min(1, "problems.range").max(DAYS_MAX, "problems.range").nullable(),
};

export interface RecordingPolicy {
  recording: (typeof RECORDING_RULES)[number];
  recording_announcement_id: number | null;
  recording_retention_days: number | null;
}

export const INHERITED_RECORDING: RecordingPolicy = { recording: "inherit", recording_announcement_id: null, recording_retention_days: null };

/** The policy of a record as the API shows it. */
export function recordingPolicyOf(view: { recording: string; recording_announcement_id: number | null; recording_retention_days: number | null }): RecordingPolicy {
  return {
    recording: RECORDING_RULES.find((rule) => rule === view.recording) ?? "inherit",
    recording_announcement_id: view.recording_announcement_id,
    recording_retention_days: view.recording_retention_days,
  };
}

/** Inside a form's section of two columns. */
export function RecordingPolicyFields({ disabled }: { disabled?: boolean }) {
  const { t } = useWords();
  const rule = useWatch({ name: "recording" }) as RecordingPolicy["recording"];
  return (
    <>
      <CardsField
        name="recording"
        label={t("recording_policy.rule")}
        required
        disabled={disabled}
        className="sm:col-span-2"
        columns={3}
        options={RECORDING_RULES.map((value) => ({ value, label: t(`recording_policy.rules.${value}`), more: t(`recording_policy.rules_more.${value}`) }))}
      />
      {rule !== "never" && (
        <>
          <RecordField name="recording_announcement_id" label={t("recording_policy.announcement")} help={t("recording_policy.announcement_more")} resource={prompts} filter={{ status: "active" }} placeholder={t("recording_policy.announcement_usual")} clearable disabled={disabled} />
          <NumberField name="recording_retention_days" label={t("recording_policy.retention")} help={t("recording_policy.retention_more")} min={1} max={DAYS_MAX} unit={t("recording_policy.days")} placeholder={t("recording_policy.retention_usual")} disabled={disabled} />
        </>
      )}
    </>
  );
}
