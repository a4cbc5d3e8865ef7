// A day and a time of the company's, kept as an instant.

import { instantOf, wallTime } from "@/format/zones";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";
import { useWords } from "@/words";
import { FieldFrame, type FieldProps } from "./field";

/** Its value is RFC 3339, or null. */
export function InstantField({ zone, min, ...props }: FieldProps & { zone: string; min?: Date }) {
  const { t } = useWords();
  return (
    <FieldFrame {...props} help={<>{props.help} {zone.replaceAll("_", " ")}</>}>
      {({ value, onChange, ...field }, marks) => (
        <div className="flex gap-2">
          <Input
            {...marks}
            {...field}
            disabled={marks.disabled}
            type="datetime-local"
            min={min && wallTime(min, zone)}
            value={value ? wallTime(new Date(value), zone) : ""}
            onChange={(event) => onChange(event.target.value ? instantOf(event.target.value, zone).toISOString() : null)}
          />
          {value && !marks.disabled && <Button look="ghost" onClick={() => onChange(null)}>{t("clear")}</Button>}
        </div>
      )}
    </FieldFrame>
  );
}
