// Controls of a call: what is dialled, the keys that are pressed, and what becomes of each telephone.

import { Plus, X } from "lucide-react";
import { type ComponentProps, useEffect, useId, useState } from "react";
import { extensions, phoneNumbers } from "@/api/catalogue";
import { PER_PAGE_MAX, useList } from "@/api/resources";
import { phone } from "@/format";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";
import { Select } from "@/ui/select";
import { useWords } from "@/words";
import { type Answer, ANSWERS, KEYS_MAX } from "./call";

type TypedProps = Omit<ComponentProps<typeof Input>, "value" | "onChange"> & { value: string; onValue: (value: string) => void };

/** Told once it is written, not at each letter: half a number is another number. */
export function TypedInput({ value, onValue, ...props }: TypedProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const tell = () => text.trim() !== value && onValue(text.trim());
  return (
    <Input
      {...props}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={tell}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          tell();
        }
      }}
    />
  );
}

/** What can be dialled: the company's numbers and extensions are offered, anything can be written. */
export function DialInput({ offered, ...props }: TypedProps & { offered: "numbers" | "extensions" | "both" }) {
  const list = useId();
  const numbers = useList(phoneNumbers, { per_page: PER_PAGE_MAX, sort_by: "phone_number" }, offered !== "extensions");
  const phones = useList(extensions, { per_page: PER_PAGE_MAX, sort_by: "extension_number" }, offered !== "numbers");
  return (
    <>
      <TypedInput {...props} inputMode="tel" autoComplete="off" maxLength={128} list={list} />
      <datalist id={list}>
        {offered !== "extensions" && numbers.data?.data.map((one) => <option key={one.id} value={one.phone_number}>{[phone(one.phone_number), one.friendly_name].filter(Boolean).join(" · ")}</option>)}
        {offered !== "numbers" && phones.data?.data.map((one) => <option key={one.id} value={one.extension_number}>{extensions.title(one)}</option>)}
      </datalist>
    </>
  );
}

export interface MenuHint {
  name: string;
  keys: { keys: string; leads: string }[];
}

/** What the caller presses at each question, in order. */
export function KeysInput({ value, onValue, hints = [], disabled }: { value: readonly string[]; onValue: (value: string[]) => void; hints?: readonly MenuHint[]; disabled?: boolean }) {
  const { t } = useWords("test-a-call");
  return (
    <div className="space-y-2">
      <ol className="flex flex-wrap items-center gap-1.5">
        {value.map((keys, at) => (
          // The same key may be pressed twice; its place is what tells it from the other.
          <li key={at} className="relative">
            <TypedInput aria-label={t("question", { number: at + 1 })} disabled={disabled} inputMode="tel" maxLength={16} value={keys} placeholder="–" onValue={(text) => onValue(value.map((one, index) => (index === at ? text.replace(/[^0-9*#]/g, "") : one)))} className="w-18 pr-6 text-center font-semibold tabular-nums" />
            {!disabled && <button type="button" aria-label={t("remove_keys", { number: at + 1 })} onClick={() => onValue(value.filter((_, index) => index !== at))} className="absolute top-1/2 right-0.5 flex size-6 -translate-y-1/2 items-center justify-center rounded text-muted hover:text-ink"><X className="size-3" aria-hidden /></button>}
          </li>
        ))}
        {!disabled && value.length < KEYS_MAX && <li><Button size="small" onClick={() => onValue([...value, ""])}><Plus aria-hidden />{t("add_keys")}</Button></li>}
      </ol>
      {!disabled && hints.map((hint) => (
        <div key={hint.name} className="text-[13px] text-muted">
          <p className="mb-1">{t("press_at", { name: hint.name })}</p>
          <div className="flex flex-wrap gap-1.5">
            {hint.keys.map(({ keys, leads }) => (
              <button key={keys} type="button" onClick={() => onValue([...value, keys])} className="inline-flex max-w-full items-center gap-1.5 min-h-7 rounded-lg border bg-surface py-0.5 pr-2 pl-1 text-xs hover:border-line-strong hover:text-ink">
                <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded-md bg-sunken px-1 font-sans font-semibold text-ink">{keys}</kbd>
                <span className="truncate">{leads}</span>
              </button>
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

export interface Telephone {
  number: string;
  name: string;
}

/** Whether each telephone that the call may reach is answered. */
export function AnswersInput({ value, onValue, telephones, disabled }: { value: Record<string, Answer>; onValue: (value: Record<string, Answer>) => void; telephones: readonly Telephone[]; disabled?: boolean }) {
  const { t } = useWords("test-a-call");
  const known = new Map(telephones.map((one) => [one.number, one]));
  for (const number of Object.keys(value)) if (!known.has(number)) known.set(number, { number, name: "" });
  const set = (number: string, answer: Answer) => {
    const { [number]: _, ...others } = value;
    onValue(answer === "no" ? others : { ...others, [number]: answer });
  };
  if (known.size === 0) return <p className="text-[13px] text-muted">{t("no_telephones")}</p>;
  return (
    <ul className="space-y-1.5">
      {[...known.values()].map(({ number, name }) => (
        <li key={number} className="flex items-center gap-2">
          <span className="min-w-0 grow truncate text-[13px]"><span className="tabular-nums">{phone(number)}</span> <span className="text-muted">{name}</span></span>
          <Select aria-label={t("answer_of", { name: `${number} ${name}`.trim() })} disabled={disabled} value={value[number] ?? "no"} onValue={(answer) => set(number, answer as Answer)} options={ANSWERS.map((answer) => ({ value: answer, label: t(`answers.${answer}`) }))} className="w-36 shrink-0" />
        </li>
      ))}
    </ul>
  );
}
