// A key of a telephone, with where it leads.

import { CircleAlert, Plus } from "lucide-react";
import { classes } from "@/ui/classes";
import { Press } from "@/ui/press";
import { KIND_ICONS, useDestinationName } from "@/views/destination-name";
import { useWords } from "@/words";
import type { Option } from "./values";

export interface KeyState {
  option: Option | undefined;
  wrong: boolean;
  chosen: boolean;
}

interface KeyProps extends KeyState {
  digits: string;
  readOnly: boolean;
  onPress: () => void;
  wide?: boolean;
}

const NOWHERE = { type: "hangup", id: null, to: null } as const;

export function Key({ digits, option, wrong, chosen, readOnly, onPress, wide }: KeyProps) {
  const { t } = useWords("ivr-menus");
  const destination = useDestinationName(option?.destination ?? NOWHERE);
  const ends = digits === "#";
  const name = option && (option.description || destination || t("leads_nowhere"));
  const label = ends ? t("hash") : option ? t("key_leads", { key: digits, name: [option.description, destination].filter(Boolean).join(", ") || t("leads_nowhere") }) : t("key_free", { key: digits });
  const Icon = option && KIND_ICONS[option.destination.type];
  return (
    <Press
      disabled={ends}
      onPress={onPress}
      aria-label={label}
      aria-pressed={ends ? undefined : chosen}
      title={ends ? t("hash") : undefined}
      className={classes(
        "group flex min-w-0 border bg-surface select-none",
        wide ? "items-center gap-3 rounded-xl px-3 py-2" : "h-20 flex-col items-center justify-center rounded-2xl px-1.5",
        ends ? "cursor-default border-transparent bg-transparent text-muted" : "cursor-pointer shadow-xs hover:border-line-strong",
        option && "border-accent/40 bg-accent-soft/60",
        !option && !ends && "text-muted",
        wrong && "border-bad bg-bad-soft",
        chosen && "border-accent ring-2 ring-accent/70",
      )}
    >
      <span className={classes("font-semibold tabular-nums", wide ? "text-base" : "text-xl leading-7", option && "text-accent-text")}>{digits}</span>
      <span className={classes("flex max-w-full min-w-0 items-center gap-1 text-xs", wide ? "grow" : "h-4 justify-center", option ? "text-ink" : "text-muted")}>
        {wrong ? <CircleAlert className="size-3 shrink-0 text-bad" aria-hidden /> : Icon ? <Icon className="size-3 shrink-0 text-muted" aria-hidden /> : null}
        {name ? <span className="truncate">{name}</span> : !ends && !readOnly && <Plus className="size-3.5 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100" aria-hidden />}
      </span>
    </Press>
  );
}
