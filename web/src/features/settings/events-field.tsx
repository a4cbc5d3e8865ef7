// What a webhook is told of: events in groups, and the kinds of records where changes of records are wanted.

import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { useWatch } from "react-hook-form";
import type { AnswerOf } from "@/api/catalogue";
import { ask } from "@/api/resources";
import { FieldFrame } from "@/fields/field";
import { Checkbox } from "@/ui/switch";
import { WHOLE } from "@/views/form/section";
import { useWords } from "@/words";
import { modelKey, TOLD } from "./models";
import { EVENT_GROUPS, RECORDS } from "./webhook-values";

interface BoxProps {
  label: string;
  detail?: string;
  code?: string;
  checked: boolean | "indeterminate";
  disabled: boolean | undefined;
  onChecked: (checked: boolean) => void;
}

function Box({ label, detail, code, checked, disabled, onChecked }: BoxProps) {
  const id = useId();
  return (
    <div className="flex gap-2.5">
      <Checkbox id={id} className="mt-0.5" checked={checked} disabled={disabled} onCheckedChange={(on) => onChecked(on === true)} />
      <label htmlFor={id} className="min-w-0">
        <span className="font-medium">{label}</span>
        {code && <code className="ml-2 text-xs text-muted">{code}</code>}
        {detail && <span className="block text-[13px] text-muted">{detail}</span>}
      </label>
    </div>
  );
}

const toggled = (values: string[], value: string, on: boolean) => (on ? [...values, value] : values.filter((one) => one !== value)).sort();

export function EventsField() {
  const { t } = useWords("settings");
  const known = useQuery({ queryKey: ["ir.webhook", "events"], queryFn: async ({ signal }) => (await ask<AnswerOf<"/api/v1/webhooks/events">>("get", "webhooks/events", { signal })).data.data, staleTime: Infinity });
  const placed: readonly string[] = EVENT_GROUPS.flatMap(({ events }) => [...events]);
  const others = (known.data ?? []).filter((event) => !placed.includes(event));
  const groups = [...EVENT_GROUPS, ...(others.length > 0 ? [{ name: "others", events: others }] : [])];
  return (
    <FieldFrame name="events" label={t("hooks.events")} required group className={WHOLE}>
      {({ value, onChange }, marks) => {
        const chosen = (value ?? []) as string[];
        return (
          <div className="grid gap-3 lg:grid-cols-3">
            {groups.map(({ name, events }) => {
              const among = events.filter((event) => chosen.includes(event));
              return (
                <fieldset key={name} className="space-y-2.5 rounded-xl border p-3.5">
                  <legend className="sr-only">{t(`hooks.groups.${name}`)}</legend>
                  <div className="flex items-center justify-between gap-2">
                    <span className="text-[13px] font-medium text-muted" aria-hidden>{t(`hooks.groups.${name}`)}</span>
                    {events.length > 1 && (
                      <Checkbox
                        aria-label={t("hooks.all_of", { group: t(`hooks.groups.${name}`) })}
                        checked={among.length === events.length ? true : among.length > 0 ? "indeterminate" : false}
                        disabled={marks.disabled}
                        onCheckedChange={(on) => onChange([...chosen.filter((one) => !(events as readonly string[]).includes(one)), ...(on === true ? events : [])].sort())}
                      />
                    )}
                  </div>
                  {events.map((event) => (
                    <Box key={event} label={t(`hooks.of.${event.replaceAll(".", "_")}`, event)} detail={t(`hooks.of_more.${event.replaceAll(".", "_")}`, "")} checked={chosen.includes(event)} disabled={marks.disabled} onChecked={(on) => onChange(toggled(chosen, event, on))} />
                  ))}
                </fieldset>
              );
            })}
          </div>
        );
      }}
    </FieldFrame>
  );
}

export function ModelsField() {
  const { t } = useWords("settings");
  const events = useWatch({ name: "events" }) as string[] | undefined;
  if (!events?.includes(RECORDS)) return null;
  return (
    <FieldFrame name="models" label={t("hooks.models")} help={t("hooks.models_more")} required group className={WHOLE}>
      {({ value, onChange }, marks) => {
        const chosen = (value ?? []) as string[];
        const offered = [...TOLD, ...chosen.filter((model) => !(TOLD as readonly string[]).includes(model))];
        return (
          <div className="grid gap-x-4 gap-y-2.5 rounded-xl border p-3.5 sm:grid-cols-2 lg:grid-cols-3">
            {offered.map((model) => <Box key={model} label={t(modelKey(model), model)} checked={chosen.includes(model)} disabled={marks.disabled} onChecked={(on) => onChange(toggled(chosen, model, on))} />)}
          </div>
        );
      }}
    </FieldFrame>
  );
}
