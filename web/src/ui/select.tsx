// One of a few words. On a telephone the browser's own list is the better one, so it is used everywhere.

import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { classes } from "./classes";
import { INPUT } from "./input";

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
}

interface SelectProps extends Omit<ComponentProps<"select">, "onChange" | "value"> {
  value: string;
  onValue: (value: string) => void;
  options: readonly Option[];
  /** What an empty value is called; without it, none can be chosen. */
  empty?: string;
}

export function Select({ value, onValue, options, empty, className, ...props }: SelectProps) {
  return (
    <div className={classes("relative", className)}>
      <select {...props} value={value} onChange={(event) => onValue(event.target.value)} className={classes(INPUT, "h-9 appearance-none truncate pr-8 max-md:h-10")}>
        {empty !== undefined && <option value="">{empty}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-muted" aria-hidden />
    </div>
  );
}
