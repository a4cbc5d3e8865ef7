// Where a call goes next: a kind of place, and which one of that kind.

import { type FieldError, get, useFormState } from "react-hook-form";
import { aiAssistants, businessHours, conferenceRooms, extensions, ivrMenus, ringGroups, voicemailBoxes } from "@/api/catalogue";
import type { Resource } from "@/api/resources";
import { classes } from "@/ui/classes";
import { Input } from "@/ui/input";
import { Select } from "@/ui/select";
import { useWords } from "@/words";
import { FieldFrame, type FieldProps, Problem } from "./field";
import { RecordSelect } from "./record";

export const TARGET_KINDS = ["extension", "ring_group", "ivr_menu", "business_hours", "conference_room", "assistant", "voicemail", "forward", "hangup"] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** `id` for a record, `to` for a number outside, neither for the end. */
export interface Destination {
  type: TargetKind;
  id: number | null;
  to: string | null;
}

export const HANGUP: Destination = { type: "hangup", id: null, to: null };

// Each room's own type of record is of no interest to a picker.
export const RESOURCES: Partial<Record<TargetKind, Resource<never>>> = {
  extension: extensions as Resource<never>,
  ring_group: ringGroups as Resource<never>,
  ivr_menu: ivrMenus as Resource<never>,
  business_hours: businessHours as Resource<never>,
  conference_room: conferenceRooms as Resource<never>,
  assistant: aiAssistants as Resource<never>,
  voicemail: voicemailBoxes as Resource<never>,
};

/** The kind's records; a number outside and the end have none. */
export function resourceOfKind(kind: TargetKind): Resource<{ id: number }> | undefined {
  return RESOURCES[kind] as Resource<{ id: number }> | undefined;
}

interface DestinationInputProps {
  id?: string;
  value: Destination;
  onValue: (value: Destination) => void;
  kinds?: readonly TargetKind[];
  /** What it is called to lead nowhere, where that can be chosen. */
  none?: { label: string; chosen: boolean; choose: () => void };
  /** One below the other, where there is little room. */
  stacked?: boolean;
  disabled?: boolean;
  invalid?: boolean;
  describedBy?: string;
  /** What the whole is called, for those who do not see the label beside it. */
  label: string;
}

export function DestinationInput({ id, value, onValue, kinds = TARGET_KINDS, none, stacked, disabled, invalid, describedBy, label }: DestinationInputProps) {
  const { t } = useWords();
  const resource = resourceOfKind(value.type);
  return (
    <div className={classes("grid gap-2", !stacked && "sm:grid-cols-[12.5rem_minmax(0,1fr)]")}>
      <Select
        id={id}
        aria-label={t("destination.kind_of", { label })}
        value={none?.chosen ? "" : value.type}
        empty={none?.label}
        disabled={disabled}
        onValue={(type) => (type === "" ? none?.choose() : onValue({ type: type as TargetKind, id: null, to: null }))}
        options={kinds.map((kind) => ({ value: kind, label: t(`destination.${kind}`) }))}
      />
      {resource && <RecordSelect key={value.type} resource={resource} value={value.id} onValue={(next) => onValue({ ...value, id: next })} disabled={disabled} invalid={invalid} describedBy={describedBy} label={t(`destination.choose_${value.type}`)} />}
      {value.type === "forward" && (
        <Input type="tel" inputMode="tel" placeholder="+12125550100" aria-label={t("destination.number")} aria-invalid={invalid || undefined} aria-describedby={describedBy} value={value.to ?? ""} disabled={disabled} onChange={(event) => onValue({ ...value, to: event.target.value || null })} />
      )}
    </div>
  );
}

/** Its value is a `Destination`, or null where `none` names that; problems of `NAME.id`, `NAME.to` and `NAME.type` are shown here, too. */
export function DestinationField({ kinds, none, stacked, ...props }: FieldProps & { kinds?: readonly TargetKind[]; none?: string; stacked?: boolean }) {
  const { t } = useWords();
  const { errors } = useFormState({ name: props.name });
  const problems = get(errors, props.name) as Partial<Record<"id" | "to" | "type", FieldError>> | undefined;
  const part = (problems?.id ?? problems?.to ?? problems?.type)?.message;
  return (
    <FieldFrame {...props} group>
      {({ value, onChange }, marks) => (
        <>
          <DestinationInput
            value={value ?? HANGUP}
            onValue={onChange}
            kinds={kinds}
            stacked={stacked}
            none={none === undefined ? undefined : { label: none, chosen: value === null, choose: () => onChange(null) }}
            disabled={marks.disabled}
            invalid={marks["aria-invalid"] ?? (part ? true : undefined)}
            describedBy={marks["aria-describedby"]}
            label={typeof props.label === "string" ? props.label : t("destination.title")}
          />
          {!marks["aria-invalid"] && <Problem text={part} />}
        </>
      )}
    </FieldFrame>
  );
}
