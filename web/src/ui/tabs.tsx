// Parts of a page of which one is shown.

import { Tabs as Base } from "radix-ui";
import type { ReactNode } from "react";

export interface Tab {
  value: string;
  label: ReactNode;
  content: ReactNode;
}

export function Tabs({ value, onValue, tabs, label }: { value: string; onValue: (value: string) => void; tabs: Tab[]; label: string }) {
  return (
    <Base.Root value={value} onValueChange={onValue}>
      <Base.List aria-label={label} className="mb-5 flex gap-1 overflow-x-auto border-b">
        {tabs.map((tab) => (
          <Base.Trigger
            key={tab.value}
            value={tab.value}
            className="-mb-px border-b-2 border-transparent px-3 py-2 font-medium whitespace-nowrap text-muted hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
          >
            {tab.label}
          </Base.Trigger>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Content key={tab.value} value={tab.value} className="focus-visible:outline-none">
          {tab.content}
        </Base.Content>
      ))}
    </Base.Root>
  );
}

/** A choice between few ways to look at the same thing. */
export function Segments({ value, onValue, options, label }: { value: string; onValue: (value: string) => void; options: readonly { value: string; label: ReactNode }[]; label: string }) {
  return (
    <div role="radiogroup" aria-label={label} className="inline-flex rounded-lg border bg-sunken p-0.5">
      {options.map((option) => (
        <label
          key={option.value}
          className="relative cursor-pointer rounded-md px-3 py-1 text-[13px] font-medium text-muted hover:text-ink has-checked:bg-surface has-checked:text-ink has-checked:shadow-xs has-focus-visible:outline-2 has-focus-visible:outline-ring"
        >
          <input type="radio" className="sr-only" checked={value === option.value} onChange={() => onValue(option.value)} />
          {option.label}
        </label>
      ))}
    </div>
  );
}
