// One of many, found by typing. What is offered comes from whoever uses it.

import { Command } from "cmdk";
import { Check, ChevronsUpDown, X } from "lucide-react";
import { Popover as Float } from "radix-ui";
import { useState } from "react";
import { classes } from "./classes";
import { INPUT } from "./input";

export interface Choice {
  value: string;
  label: string;
  detail?: string;
  /** Those of one group stand together under its name. */
  group?: string;
}

interface ComboboxProps {
  id?: string;
  value: string | null;
  /** What the value is called while the choices that were loaded do not hold it. */
  valueLabel?: string;
  onValue: (value: string | null) => void;
  choices: readonly Choice[];
  /** What was typed, where the choices are looked up by somebody else; without it they are filtered here. */
  onSearch?: (text: string) => void;
  loading?: boolean;
  clearable?: boolean;
  disabled?: boolean;
  invalid?: boolean;
  describedBy?: string;
  /** Its name, where no label beside it gives one. */
  ariaLabel?: string;
  words: { placeholder: string; search: string; none: string; loading: string; clear: string };
}

export function Combobox({ id, value, valueLabel, onValue, choices, onSearch, loading, clearable, disabled, invalid, describedBy, ariaLabel, words }: ComboboxProps) {
  const [open, setOpen] = useState(false);
  const chosen = choices.find((choice) => choice.value === value);
  const label = chosen?.label ?? valueLabel;
  const show = (next: boolean) => {
    setOpen(next);
    // The box of the search goes with the list, so what was typed holds no longer.
    if (!next) onSearch?.("");
  };
  const pick = (next: string | null) => {
    onValue(next);
    show(false);
  };
  return (
    <Float.Root open={open} onOpenChange={show}>
      <div className="relative">
        <Float.Trigger asChild>
          <button
            id={id}
            type="button"
            role="combobox"
            aria-expanded={open}
            aria-label={ariaLabel}
            aria-invalid={invalid || undefined}
            aria-describedby={describedBy}
            disabled={disabled}
            className={classes(INPUT, "flex h-9 items-center gap-2 text-left max-md:h-10", clearable && value !== null && "pr-10")}
          >
            <span className={classes("grow truncate", !label && "text-muted")}>{label ?? words.placeholder}</span>
            <ChevronsUpDown className="size-4 shrink-0 text-muted" aria-hidden />
          </button>
        </Float.Trigger>
        {clearable && value !== null && !disabled && (
          <button type="button" aria-label={words.clear} onClick={() => onValue(null)} className="absolute top-1/2 right-2 -translate-y-1/2 rounded-md p-1.5 text-muted hover:text-ink">
            <X className="size-3.5" aria-hidden />
          </button>
        )}
      </div>
      <Float.Portal>
        <Float.Content align="start" sideOffset={4} collisionPadding={8} className="z-50 w-(--radix-popover-trigger-width) min-w-60 overflow-hidden rounded-xl border bg-raised shadow-float animate-rise">
          <Command shouldFilter={onSearch === undefined} label={words.search}>
            <Command.Input placeholder={words.search} onValueChange={onSearch} className="w-full border-b bg-transparent px-3.5 py-2.5 text-sm outline-none placeholder:text-muted max-md:text-base" />
            <Command.List className="max-h-72 overflow-y-auto p-1">
              <Command.Empty className="px-3 py-6 text-center text-muted">{loading ? words.loading : words.none}</Command.Empty>
              {groupsOf(choices).map(([group, members]) => (
                <Command.Group key={group} heading={group || undefined} className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-muted">
                  {members.map((choice) => (
                    <Command.Item
                      key={choice.value}
                      value={choice.value}
                      keywords={[choice.label, choice.detail ?? "", choice.group ?? ""]}
                      onSelect={() => pick(choice.value)}
                      className="flex cursor-default items-center gap-2 rounded-lg px-2.5 py-1.5 data-[selected=true]:bg-sunken max-md:py-2.5"
                    >
                      <span className="min-w-0 grow truncate">{choice.label}</span>
                      {choice.detail && <span className="max-w-[45%] shrink-0 truncate text-muted">{choice.detail}</span>}
                      <Check className={classes("size-4 shrink-0", choice.value === value ? "text-accent-text" : "invisible")} aria-hidden />
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Float.Content>
      </Float.Portal>
    </Float.Root>
  );
}

/** In the order in which the groups first come; those without a group are one without a name. */
function groupsOf(choices: readonly Choice[]): [string, Choice[]][] {
  const groups = new Map<string, Choice[]>();
  for (const choice of choices) {
    const group = groups.get(choice.group ?? "");
    if (group) group.push(choice);
    else groups.set(choice.group ?? "", [choice]);
  }
  return [...groups];
}
