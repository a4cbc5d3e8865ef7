// Texts, telephone numbers, whole numbers, secrets.

import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, type ReactNode, useState } from "react";
import { Button } from "@/ui/button";
import { Input, Textarea } from "@/ui/input";
import { useWords } from "@/words";
import { FieldFrame, type FieldProps } from "./field";

type InputProps = Pick<ComponentProps<"input">, "placeholder" | "autoComplete" | "inputMode" | "maxLength" | "type" | "autoFocus" | "list">;

export function TextField({ placeholder, autoComplete = "off", inputMode, maxLength, type, autoFocus, list, ...props }: FieldProps & InputProps) {
  const own = { placeholder, autoComplete, inputMode, maxLength, type, autoFocus, list };
  return <FieldFrame {...props}>{(field, marks) => <Input {...own} {...marks} {...field} disabled={marks.disabled} value={field.value ?? ""} />}</FieldFrame>;
}

export function LongTextField({ placeholder, rows, maxLength, ...props }: FieldProps & { placeholder?: string; rows?: number; maxLength?: number }) {
  return <FieldFrame {...props}>{(field, marks) => <Textarea placeholder={placeholder} rows={rows} maxLength={maxLength} {...marks} {...field} disabled={marks.disabled} value={field.value ?? ""} />}</FieldFrame>;
}

export function PhoneField({ placeholder = "+12125550100", ...props }: FieldProps & { placeholder?: string }) {
  return <TextField {...props} type="tel" inputMode="tel" placeholder={placeholder} />;
}

interface NumberFieldProps extends FieldProps {
  min?: number;
  max?: number;
  /** What is counted, behind the number: `s`. */
  unit?: ReactNode;
  placeholder?: string;
}

/** A whole number; an empty field is null. */
export function NumberField({ min, max, unit, placeholder, ...props }: NumberFieldProps) {
  return (
    <FieldFrame {...props}>
      {({ value, onChange, ...field }, marks) => (
        <div className="relative">
          <Input
            {...marks}
            {...field}
            disabled={marks.disabled}
            type="number"
            inputMode="numeric"
            step={1}
            min={min}
            max={max}
            placeholder={placeholder}
            value={value ?? ""}
            onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))}
            className={unit ? "pr-16" : undefined}
          />
          {unit && <span className="pointer-events-none absolute top-1/2 right-3 -translate-y-1/2 text-[13px] text-muted">{unit}</span>}
        </div>
      )}
    </FieldFrame>
  );
}

export function SecretField({ autoComplete = "new-password", placeholder, ...props }: FieldProps & { autoComplete?: string; placeholder?: string }) {
  const { t } = useWords();
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <FieldFrame {...props}>
      {(field, marks) => (
        <div className="relative">
          <Input {...marks} {...field} disabled={marks.disabled} placeholder={placeholder} autoComplete={autoComplete} type={shown ? "text" : "password"} value={field.value ?? ""} className="pr-10" />
          <Button look="ghost" size="tiny" aria-label={t(shown ? "form.hide" : "form.show")} aria-pressed={shown} onClick={() => setShown(!shown)} className="absolute top-1/2 right-1.5 -translate-y-1/2">
            <Icon aria-hidden />
          </Button>
        </div>
      )}
    </FieldFrame>
  );
}
