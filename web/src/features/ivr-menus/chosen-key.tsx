// What the chosen key does: what it is called, where it leads, and the way there.

import { Link } from "@tanstack/react-router";
import { ArrowUpRight, Trash2 } from "lucide-react";
import { useEffect } from "react";
import { useWatch } from "react-hook-form";
import { DestinationField, resourceOfKind } from "@/fields/destination";
import { TextField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { useDestinationName } from "@/views/destination-name";
import { roomOfKind } from "@/views/kinds";
import { KEY_KINDS } from "@/views/menus/keys";
import { useWords } from "@/words";
import type { Option } from "./values";

interface ChosenKeyProps {
  at: number;
  /** The menu itself, which a key may lead back to: then it is heard again. */
  menu: number | undefined;
  readOnly: boolean;
  onDigits: (digits: string) => void;
  onRemove: () => void;
}

export function ChosenKey({ at, menu, readOnly, onDigits, onRemove }: ChosenKeyProps) {
  const { t } = useWords("ivr-menus");
  const options = useWatch({ name: "options" }) as Option[];
  const option = options[at];
  const name = useDestinationName(option?.destination ?? { type: "hangup", id: null, to: null });
  const digits = option?.digits ?? "";
  // Whoever writes another code stays at it.
  useEffect(() => onDigits(digits), [digits]);
  if (!option) return null;
  const { type, id } = option.destination;
  const longer = options.filter((other) => other !== option && digits !== "" && other.digits.startsWith(digits)).map((other) => other.digits);
  const again = type === "ivr_menu" && id !== null && id === menu;
  return (
    <div className="rounded-2xl border bg-surface p-4" aria-label={t("key", { key: digits })} role="group">
      <div className="mb-4 flex items-center gap-3">
        <span className="flex h-11 min-w-11 items-center justify-center rounded-xl bg-accent px-2 text-xl font-semibold text-accent-ink tabular-nums">{digits || "?"}</span>
        <p className="min-w-0 grow truncate text-[15px] font-semibold">{option.description || name || t("key", { key: digits })}</p>
        {!readOnly && <Button look="ghost" size="small" onClick={onRemove}><Trash2 aria-hidden />{t("remove_key")}</Button>}
      </div>
      <div className="grid gap-x-5 gap-y-4 sm:grid-cols-[8rem_minmax(0,1fr)]">
        <TextField name={`options.${at}.digits`} label={t("digits")} required inputMode="tel" maxLength={10} />
        <TextField name={`options.${at}.description`} label={t("key_name")} maxLength={255} placeholder={t("key_name_example")} />
        <DestinationField name={`options.${at}.destination`} label={t("leads_to")} required kinds={KEY_KINDS} className="sm:col-span-2" />
      </div>
      {again && <p className="mt-2 text-[13px] text-muted">{t("again")}</p>}
      {longer.length > 0 && <Note tone="warn" className="mt-4">{t("longer", { key: digits, codes: longer.join(", ") })}</Note>}
      {resourceOfKind(type) && id !== null && !again && (
        <Button asChild size="small" look="soft" className="mt-4 max-w-full">
          <Link to={roomOfKind(type, id)}><ArrowUpRight aria-hidden /><span className="truncate">{t("open_target", { name })}</span></Link>
        </Button>
      )}
    </div>
  );
}
