// Several countries: those that were chosen as words that can be taken away, and a list to add from.

import { X } from "lucide-react";
import { useComboboxWords, useCountries } from "@/fields/choice";
import { FieldFrame, type FieldProps } from "@/fields/field";
import { Combobox } from "@/ui/combobox";
import { useWords } from "@/words";

export function CountriesField(props: FieldProps) {
  const { t } = useWords("settings");
  const words = useComboboxWords();
  const countries = useCountries();
  return (
    <FieldFrame {...props} group>
      {({ value, onChange }, marks) => {
        const chosen = (value ?? []) as string[];
        const nameOf = (code: string) => countries.find((country) => country.value === code)?.label ?? code;
        return (
          <div className="space-y-2">
            {chosen.length > 0 && (
              <ul className="flex flex-wrap gap-1.5">
                {chosen.map((code) => (
                  <li key={code} className="flex items-center gap-0.5 rounded-full bg-accent-soft py-0.5 pr-1 pl-2.5 text-[13px] font-medium text-accent-text">
                    {nameOf(code)}
                    <button type="button" disabled={marks.disabled} aria-label={t("company.remove_country", { country: nameOf(code) })} onClick={() => onChange(chosen.filter((one) => one !== code))} className="rounded-full p-1 hover:bg-accent/15 disabled:hidden">
                      <X className="size-3" aria-hidden />
                    </button>
                  </li>
                ))}
              </ul>
            )}
            <div className="max-w-sm">
              <Combobox
                id={marks.id}
                ariaLabel={t("company.add_country")}
                value={null}
                onValue={(code) => code && onChange([...chosen, code].sort())}
                choices={countries.filter((country) => !chosen.includes(country.value))}
                disabled={marks.disabled}
                invalid={marks["aria-invalid"]}
                describedBy={marks["aria-describedby"]}
                words={{ ...words, placeholder: t("company.add_country") }}
              />
            </div>
          </div>
        );
      }}
    </FieldFrame>
  );
}
