// The place of a field: its label, what helps to fill it, and what is wrong with it.

import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import { type ControllerFieldState, type ControllerRenderProps, type FieldValues, useController } from "react-hook-form";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";

export interface FieldProps {
  name: string;
  label: ReactNode;
  help?: ReactNode;
  required?: boolean;
  disabled?: boolean;
  className?: string;
}

/** What the element that takes the value must carry. */
export interface Marks {
  id: string;
  "aria-invalid": true | undefined;
  "aria-describedby": string | undefined;
  "aria-required": true | undefined;
  disabled: boolean | undefined;
}

interface FieldFrameProps extends FieldProps {
  children: (field: ControllerRenderProps<FieldValues, string>, marks: Marks, state: ControllerFieldState) => ReactNode;
  /** Beside the label. */
  aside?: ReactNode;
  /** For a group of elements, of which none is the one that the label names. */
  group?: boolean;
}

export function FieldFrame({ name, label, help, required, disabled, className, aside, group, children }: FieldFrameProps) {
  const id = useId();
  const { t } = useWords();
  const { field, fieldState } = useController({ name });
  const problem = fieldState.error?.message ?? fieldState.error?.root?.message;
  const described = [problem && `${id}-problem`, help && `${id}-help`].filter(Boolean).join(" ");
  const marks: Marks = { id, "aria-invalid": problem ? true : undefined, "aria-describedby": described || undefined, "aria-required": required || undefined, disabled };
  const Label = group ? "span" : "label";
  return (
    <div className={classes("min-w-0", className)} data-field={name} {...(group && { role: "group", "aria-labelledby": `${id}-label`, "aria-describedby": described || undefined })}>
      <div className="mb-1 flex items-baseline gap-2">
        <Label id={`${id}-label`} {...(!group && { htmlFor: id })} className="font-medium">
          {label}
          {!required && <span className="ml-1.5 text-xs font-normal text-muted">{t("form.optional")}</span>}
        </Label>
        {aside && <div className="ml-auto">{aside}</div>}
      </div>
      {children(field, marks, fieldState)}
      <Problem id={`${id}-problem`} text={problem} />
      {help && <p id={`${id}-help`} className="mt-1 text-[13px] text-muted">{help}</p>}
    </div>
  );
}

export function Problem({ id, text }: { id?: string; text: string | undefined }) {
  const { t } = useWords();
  if (!text) return null;
  return (
    <p id={id} role="alert" className="mt-1 flex items-start gap-1.5 text-[13px] text-bad">
      <CircleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
      {/* A schema names a sentence of the catalogue, the server says one itself. */}
      {t(text, text)}
    </p>
  );
}
