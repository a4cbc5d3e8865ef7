// The keys of a menu: a telephone's pad to choose one from, longer codes beside it, and what the chosen one does.

import { Plus } from "lucide-react";
import { useState } from "react";
import { useFieldArray, useFormContext, useFormState, useWatch } from "react-hook-form";
import { Problem } from "@/fields/field";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { KEYS_MAX, UNCHOSEN } from "@/views/menus/keys";
import { useWords } from "@/words";
import { ChosenKey } from "./chosen-key";
import { Key, type KeyState } from "./key";
import type { Option } from "./values";

const PAD = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

export function KeysField({ className, readOnly, menu }: { className: string; readOnly: boolean; menu: number | undefined }) {
  const { t } = useWords("ivr-menus");
  const { fields, append, remove } = useFieldArray({ name: "options" });
  const options = useWatch({ name: "options" }) as Option[];
  const { setFocus } = useFormContext();
  const { errors } = useFormState({ name: "options" });
  // A choice is known by its place in the form, and where that is new again, as after a save, by its digits.
  const [chosen, setChosen] = useState<{ id?: string; digits: string }>();
  const wrong = (errors["options"] ?? []) as { message?: string; root?: { message?: string } } & Record<number, object | undefined>;
  // Until somebody chooses, the first key shows what a key does.
  const digits = chosen?.digits ?? options[0]?.digits ?? "1";
  const byId = fields.findIndex(({ id }) => id === chosen?.id);
  const at = byId >= 0 ? byId : options.findIndex((option) => option.digits === digits);
  const choose = (key: string) => setChosen({ id: fields[options.findIndex((option) => option.digits === key)]?.id, digits: key });
  const long = options.filter((option) => option.digits.length !== 1);
  const full = options.length >= KEYS_MAX;
  const stateOf = (key: string): KeyState => {
    const place = options.findIndex((option) => option.digits === key);
    return { option: options[place], wrong: wrong[place] !== undefined, chosen: place >= 0 ? place === at : at < 0 && key === digits };
  };
  const add = (key: string) => {
    append({ digits: key, description: "", destination: UNCHOSEN } satisfies Option, { shouldFocus: false });
    setChosen({ digits: key });
  };
  const addCode = () => {
    const taken = new Set(options.map((option) => option.digits));
    const free = Array.from({ length: 90 }, (_, code) => String(code + 10)).find((code) => !taken.has(code));
    if (!free) return;
    add(free);
    setTimeout(() => setFocus(`options.${options.length}.digits`, { shouldSelect: true }));
  };
  return (
    <div className={classes(className, "grid gap-x-8 gap-y-6 lg:grid-cols-[23rem_minmax(0,1fr)]")} data-field="options">
      <div className="mx-auto w-full max-w-[23rem]">
        <div role="group" aria-label={t("pad")} className="grid grid-cols-3 gap-2 rounded-[1.75rem] border bg-sunken/60 p-3">
          {PAD.map((key) => <Key key={key} digits={key} {...stateOf(key)} readOnly={readOnly} onPress={() => choose(key)} />)}
        </div>
        {(long.length > 0 || !readOnly) && (
          <div className="mt-4">
            <p className="mb-1.5 text-[13px] font-medium">{t("codes")}</p>
            <div className="grid gap-1.5">
              {long.map((option) => <Key key={options.indexOf(option)} digits={option.digits} {...stateOf(option.digits)} readOnly={readOnly} onPress={() => choose(option.digits)} wide />)}
            </div>
            {!readOnly && !full && <Button size="small" look="link" className="-ml-2" onClick={addCode}><Plus aria-hidden />{t("add_code")}</Button>}
          </div>
        )}
        <Problem text={wrong.message ?? wrong.root?.message} />
      </div>
      <div className="min-w-0">
        {at >= 0 ? (
          <ChosenKey key={fields[at]?.id ?? digits} at={at} menu={menu} readOnly={readOnly} onDigits={(next) => setChosen({ id: fields[at]?.id, digits: next })} onRemove={() => remove(at)} />
        ) : (
          <div className="flex h-full min-h-48 flex-col items-center justify-center rounded-2xl border border-dashed px-6 py-8 text-center">
            <span className="mb-3 flex size-14 items-center justify-center rounded-2xl border bg-sunken text-2xl font-semibold">{digits}</span>
            <p className="font-medium">{t("free_key", { key: digits })}</p>
            <p className="mt-0.5 text-muted">{t(readOnly ? "free_key_read" : "free_key_more")}</p>
            {!readOnly && <Button look="soft" className="mt-4" disabled={full} onClick={() => add(digits)}><Plus aria-hidden />{t("use_key", { key: digits })}</Button>}
          </div>
        )}
      </div>
    </div>
  );
}
