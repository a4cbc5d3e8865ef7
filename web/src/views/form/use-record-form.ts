// A form of one record: loaded with its version, checked while it is filled, saved, and reconciled when somebody else was faster.

import { zodResolver } from "@hookform/resolvers/zod";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type DefaultValues, type FieldValues, type Path, useForm, type UseFormReturn } from "react-hook-form";
import type { ZodType } from "zod";
import { Refused, type Resource, type Seen, useRecord, useSave } from "@/api/resources";
import { tell } from "@/ui/toast";
import { words } from "@/words";
import { changed, type Difference, differences, merged, same } from "./differences";
import { place } from "./place";

export interface RecordFormOptions<View extends { id: number }, Values extends FieldValues> {
  resource: Resource<View>;
  /** Without it, a new record. */
  id: number | undefined;
  schema: ZodType<Values, Values>;
  /** Of a new record. */
  empty: Values;
  toValues: (view: View) => Values;
  toBody: (values: Values, before: View | undefined) => unknown;
  /** The form's field for a field of the API, where they differ. */
  names?: Record<string, string>;
  /** Where a saved record stands. */
  pathOf: (view: View) => string;
  /** Leaving a new record's form waits for what is returned: a secret that is shown once. */
  onSaved?: (view: View, answer: Record<string, unknown>) => void | Promise<void>;
}

export interface RecordFormState<View extends { id: number }, Values extends FieldValues> {
  form: UseFormReturn<Values>;
  resource: Resource<View>;
  id: number | undefined;
  view: View | undefined;
  loading: boolean;
  failure: unknown;
  saving: boolean;
  /** What is wrong with the whole, or with fields that the form does not show. */
  problem: string | undefined;
  save: () => Promise<void>;
  conflict: { differences: Difference[]; settle: (mine: ReadonlySet<string>) => void; cancel: () => void } | undefined;
  /** Somebody saved a newer version while this one is being changed. */
  outdated: (() => void) | undefined;
}

/** What was typed while a new record was being made, by where the API has it: the record's own form takes it over. */
const typedMeanwhile = new Map<string, FieldValues>();

export function useRecordForm<View extends { id: number }, Values extends FieldValues>(options: RecordFormOptions<View, Values>): RecordFormState<View, Values> {
  const { resource, id, schema, empty, toValues, toBody, names = {}, pathOf, onSaved } = options;
  const go = useNavigate();
  const record = useRecord(resource, id);
  const save = useSave(resource);
  const form = useForm<Values>({ resolver: zodResolver(schema as never) as never, defaultValues: empty as DefaultValues<Values>, mode: "onTouched" });
  const [base, setBase] = useState<Seen<View>>();
  const [theirs, setTheirs] = useState<Seen<View>>();
  const [problem, setProblem] = useState<string>();
  const latest = record.data;
  const { isDirty } = form.formState;
  const placeOf = (view: View) => `${resource.path}/${view.id}`;

  /** Shows what was seen, with what is not saved yet on top of it. */
  const take = (seen: Seen<View>, unsaved: FieldValues = {}) => {
    setBase(seen);
    setTheirs(undefined);
    setProblem(undefined);
    form.reset(toValues(seen.view));
    for (const [name, value] of Object.entries(unsaved)) form.setValue(name as Path<Values>, value as never, { shouldDirty: true });
  };

  useEffect(() => {
    if (!latest || latest.version === base?.version) return;
    // What is being written is never replaced under somebody's hands; a change of what the form does not hold disturbs nobody.
    if (base && isDirty && !same(toValues(base.view), toValues(latest.view))) return;
    if (base && isDirty) return setBase(latest);
    take(latest, base ? undefined : typedMeanwhile.get(placeOf(latest.view)));
    typedMeanwhile.delete(placeOf(latest.view));
  }, [latest, base, isDirty]);

  const refused = async (error: unknown) => {
    if (error instanceof Refused && error.status === 412) {
      const fresh = await record.refetch();
      if (fresh.data) return setTheirs(fresh.data);
    }
    setProblem(place(form, error, words.t("failed.network"), (field) => names[field] ?? field) ?? words.t("form.look"));
  };

  const submit = form.handleSubmit(
    async (values) => {
      setProblem(undefined);
      const submitted = structuredClone(form.getValues());
      try {
        const saved = await save.mutateAsync({ id, body: toBody(values, base?.view), version: base?.version });
        const unsaved = changed(submitted, toValues(saved.view), form.getValues());
        take(saved, unsaved);
        tell(words.t(id === undefined ? "form.created" : "form.saved", { name: resource.title(saved.view) }));
        await onSaved?.(saved.view, saved.answer ?? {});
        if (id !== undefined) return;
        typedMeanwhile.set(placeOf(saved.view), unsaved);
        await go({ to: pathOf(saved.view), replace: true, ignoreBlocker: true });
      } catch (error) {
        await refused(error);
      }
    },
    () => setProblem(words.t("form.look")),
  );

  const reconcile = (seen: Seen<View>) => {
    if (!base) return undefined;
    const [before, now, mine] = [toValues(base.view), toValues(seen.view), form.getValues()];
    return {
      differences: differences(before, now, mine),
      settle: (kept: ReadonlySet<string>) => {
        const values = merged(before, now, mine, kept);
        take(seen, values);
        void form.trigger(Object.keys(values) as Path<Values>[]);
      },
      cancel: () => setTheirs(undefined),
    };
  };

  return {
    form,
    resource,
    id,
    view: base?.view,
    loading: id !== undefined && base === undefined && !record.isError,
    failure: record.isError && !base ? record.error : undefined,
    saving: save.isPending,
    problem,
    save: () => submit(),
    conflict: theirs ? reconcile(theirs) : undefined,
    outdated: latest && base && latest.version !== base.version && isDirty && !save.isPending ? () => setTheirs(latest) : undefined,
  };
}
