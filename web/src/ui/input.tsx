// Where text is written: one line, many lines, and a search.

import { Search, X } from "lucide-react";
import type { ComponentProps } from "react";
import { classes } from "./classes";

export const INPUT =
  "w-full min-w-0 rounded-lg border border-line-strong/70 bg-surface px-3 text-sm text-ink shadow-xs transition-colors placeholder:text-muted hover:border-line-strong focus-visible:border-ring focus-visible:outline-2 focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted aria-invalid:border-bad aria-invalid:outline-bad max-md:text-base";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input {...props} className={classes(INPUT, "h-9 max-md:h-10", className)} />;
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea rows={3} {...props} className={classes(INPUT, "py-2 leading-relaxed", className)} />;
}

interface SearchInputProps extends Omit<ComponentProps<"input">, "value" | "onChange"> {
  value: string;
  onValue: (value: string) => void;
  clearLabel: string;
}

export function SearchInput({ value, onValue, clearLabel, className, ...props }: SearchInputProps) {
  return (
    <div className={classes("relative", className)}>
      <Search className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" aria-hidden />
      <Input {...props} type="search" value={value} onChange={(event) => onValue(event.target.value)} className="pr-9 pl-9 [&::-webkit-search-cancel-button]:hidden" />
      {value !== "" && (
        <button type="button" aria-label={clearLabel} onClick={() => onValue("")} className="absolute top-1/2 right-1.5 -translate-y-1/2 rounded-md p-1.5 text-muted hover:text-ink">
          <X className="size-4" aria-hidden />
        </button>
      )}
    </div>
  );
}
