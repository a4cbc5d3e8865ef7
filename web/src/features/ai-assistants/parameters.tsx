// What a service is told besides the call: names with texts, numbers, yes or no.

import { Plus, X } from "lucide-react";
import { useFieldArray, useFormContext } from "react-hook-form";
import { Problem } from "@/fields/field";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";
import { Select } from "@/ui/select";
import { useWords } from "@/words";
import { KINDS, type Parameter, PARAMETERS_MAX, type Values } from "./values";

export function ParametersField({ className, disabled }: { className?: string; disabled?: boolean }) {
  const { t } = useWords("ai-assistants");
  const { control } = useFormContext<Values>();
  const { fields, append, remove } = useFieldArray({ control, name: "parameters" });
  return (
    <fieldset className={className} disabled={disabled}>
      <legend className="mb-1 font-medium">{t("parameters")}<span className="ml-1.5 text-xs font-normal text-muted">{t("form.optional", { ns: "app" })}</span></legend>
      <p className="mb-2 text-[13px] text-muted">{t("parameters_more")}</p>
      <div className="space-y-2">
        {fields.map((field, at) => <Row key={field.id} at={at} onRemove={() => remove(at)} disabled={disabled} />)}
      </div>
      {!disabled && fields.length < PARAMETERS_MAX && (
        <Button size="small" className={fields.length > 0 ? "mt-2" : undefined} onClick={() => append({ name: "", kind: "text", value: "" })}><Plus aria-hidden />{t("add_parameter")}</Button>
      )}
    </fieldset>
  );
}

function Row({ at, onRemove, disabled }: { at: number; onRemove: () => void; disabled?: boolean }) {
  const { t } = useWords("ai-assistants");
  const { register, watch, setValue, formState } = useFormContext<Values>();
  const path = `parameters.${at}` as const;
  const { name, kind, value } = watch(path);
  const problems = formState.errors.parameters?.[at];
  const problem = problems?.name?.message ?? problems?.value?.message;
  const set = (part: Partial<Parameter>) => setValue(path, { name, kind, value, ...part }, { shouldDirty: true, shouldValidate: formState.isSubmitted });
  const label = (key: string) => t("parameter_part", { part: t(key), name: name || at + 1 });
  return (
    <div>
      <div className="grid grid-cols-[minmax(0,1fr)_7rem_auto] gap-2 sm:grid-cols-[minmax(0,1fr)_8rem_minmax(0,1.5fr)_auto]">
        <Input {...register(`${path}.name`)} aria-label={label("parameter_name")} aria-invalid={problems?.name ? true : undefined} placeholder={t("parameter_name")} autoComplete="off" className="font-mono text-[13px]" />
        <Select aria-label={label("parameter_kind")} value={kind} onValue={(next) => set({ kind: next as Parameter["kind"], value: next === "boolean" ? "true" : kind === "boolean" ? "" : value })} options={KINDS.map((one) => ({ value: one, label: t(`kinds_of.${one}`) }))} />
        {kind === "boolean" ? (
          <Select aria-label={label("parameter_value")} value={value} onValue={(next) => set({ value: next })} options={["true", "false"].map((one) => ({ value: one, label: t(one === "true" ? "yes" : "no", { ns: "app" }) }))} className="max-sm:order-last max-sm:col-span-2" />
        ) : (
          <Input {...register(`${path}.value`)} aria-label={label("parameter_value")} aria-invalid={problems?.value ? true : undefined} placeholder={t("parameter_value")} autoComplete="off" inputMode={kind === "number" ? "decimal" : "text"} className="max-sm:order-last max-sm:col-span-2" />
        )}
        <Button look="ghost" size="icon" disabled={disabled} aria-label={t("remove_parameter", { name: name || at + 1 })} onClick={onRemove}><X aria-hidden /></Button>
      </div>
      <Problem text={problem} />
    </div>
  );
}
