// One of a few words, yes or no, a time zone, a country.

import { useMemo, type ReactNode } from "react";
import { zones, offsetName } from "@/format/zones";
import { classes } from "@/ui/classes";
import { Combobox } from "@/ui/combobox";
import { type Option, Select } from "@/ui/select";
import { Switch } from "@/ui/switch";
import { language, useWords } from "@/words";
import { COUNTRIES } from "./countries";
import { FieldFrame, type FieldProps } from "./field";

export function SelectField({ options, empty, ...props }: FieldProps & { options: readonly Option[]; empty?: string }) {
  return (
    <FieldFrame {...props}>
      {({ value, onChange, ref, ...field }, marks) => (
        <Select {...marks} {...field} ref={ref} disabled={marks.disabled} value={value ?? ""} onValue={(next) => onChange(next === "" ? null : next)} options={options} empty={empty} />
      )}
    </FieldFrame>
  );
}

/** Few choices that want a sentence each. */
export function CardsField({ options, columns = 2, ...props }: FieldProps & { options: readonly { value: string; label: ReactNode; more?: ReactNode; icon?: ReactNode }[]; columns?: 2 | 3 }) {
  return (
    <FieldFrame {...props} group>
      {({ value, onChange, name }, marks) => (
        <div className={classes("grid gap-2", columns === 3 ? "md:grid-cols-3" : "sm:grid-cols-2")}>
          {options.map((option) => (
            <label
              key={option.value}
              className={classes("flex cursor-pointer gap-3 rounded-xl border p-3 has-checked:border-accent has-checked:bg-accent-soft/60 has-focus-visible:outline-2 has-focus-visible:outline-ring", marks.disabled && "opacity-60")}
            >
              <input type="radio" name={name} className="mt-1 shrink-0 self-start accent-accent" disabled={marks.disabled} checked={value === option.value} onChange={() => onChange(option.value)} />
              <span>
                <span className="flex items-center gap-2 font-medium [&_svg]:size-4">{option.icon}{option.label}</span>
                {option.more && <span className="mt-0.5 block text-[13px] text-muted">{option.more}</span>}
              </span>
            </label>
          ))}
        </div>
      )}
    </FieldFrame>
  );
}

export function SwitchField({ help, label, ...props }: FieldProps) {
  return (
    <FieldFrame {...props} label={<span className="sr-only">{label}</span>} required>
      {({ value, onChange, ref, name }, marks) => (
        <div className="-mt-1 flex items-start gap-3">
          <Switch {...marks} ref={ref} name={name} checked={Boolean(value)} onCheckedChange={onChange} className="mt-0.5" />
          <label htmlFor={marks.id} className="min-w-0">
            <span className="font-medium">{label}</span>
            {help && <span className="block text-[13px] text-muted">{help}</span>}
          </label>
        </div>
      )}
    </FieldFrame>
  );
}

/** `active` and `inactive`, as most records have it. */
export function StatusField({ help, ...props }: Omit<FieldProps, "label"> & { label?: ReactNode }) {
  const { t } = useWords();
  return (
    <FieldFrame {...props} label={<span className="sr-only">{t("form.active")}</span>} required>
      {({ value, onChange, ref }, marks) => (
        <div className="-mt-1 flex items-start gap-3">
          <Switch {...marks} ref={ref} checked={value === "active"} onCheckedChange={(on) => onChange(on ? "active" : "inactive")} className="mt-0.5" />
          <label htmlFor={marks.id}>
            <span className="font-medium">{props.label ?? t("form.active")}</span>
            <span className="block text-[13px] text-muted">{help ?? t("form.active_more")}</span>
          </label>
        </div>
      )}
    </FieldFrame>
  );
}

export function useComboboxWords() {
  const { t } = useWords();
  return { placeholder: t("form.choose"), search: t("form.search"), none: t("form.none"), loading: t("loading"), clear: t("clear") };
}

export function TimeZoneField({ clearable, ...props }: FieldProps & { clearable?: boolean }) {
  const words = useComboboxWords();
  const choices = useMemo(() => {
    const now = new Date();
    return zones().map((zone) => ({ value: zone, label: zone.replaceAll("_", " "), detail: offsetName(now, zone) }));
  }, []);
  return (
    <FieldFrame {...props}>
      {({ value, onChange }, marks) => (
        <Combobox id={marks.id} value={value ?? null} valueLabel={value ?? undefined} onValue={onChange} choices={choices} clearable={clearable} disabled={marks.disabled} invalid={marks["aria-invalid"]} describedBy={marks["aria-describedby"]} words={words} />
      )}
    </FieldFrame>
  );
}

export function useCountries() {
  const spoken = language();
  return useMemo(() => {
    const names = new Intl.DisplayNames(spoken, { type: "region" });
    const all = COUNTRIES.map((code) => ({ value: code, label: names.of(code) ?? code, detail: code }));
    return all.sort((a, b) => a.label.localeCompare(b.label, spoken));
  }, [spoken]);
}

export function CountryField({ clearable, ...props }: FieldProps & { clearable?: boolean }) {
  const words = useComboboxWords();
  const choices = useCountries();
  return (
    <FieldFrame {...props}>
      {({ value, onChange }, marks) => (
        <Combobox id={marks.id} value={value ?? null} onValue={onChange} choices={choices} clearable={clearable} disabled={marks.disabled} invalid={marks["aria-invalid"]} describedBy={marks["aria-describedby"]} words={words} />
      )}
    </FieldFrame>
  );
}
