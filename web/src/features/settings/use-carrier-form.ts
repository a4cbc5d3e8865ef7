// The form of the carrier: filled from what is saved, saved with what the carrier said to it.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Path, useForm } from "react-hook-form";
import type { AnswerOf } from "@/api/catalogue";
import { ask, Refused, sentenceOf } from "@/api/resources";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";
import { CARRIER } from "./cloudonix-query";
import { schema, type Shown, toBody, toValues, type Values } from "./cloudonix-values";

type Written = AnswerOf<"/api/v1/settings/cloudonix"> & { warning?: string | null };

export function useCarrierForm(shown: Shown) {
  const { t } = useWords("settings");
  const queries = useQueryClient();
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: toValues(shown.settings), mode: "onTouched" });
  const [problem, setProblem] = useState<string>();
  const [warning, setWarning] = useState<string>();
  const { isDirty } = form.formState;
  useEffect(() => {
    // What is being written is never replaced under somebody's hands.
    if (!isDirty) form.reset(toValues(shown.settings));
  }, [shown.settings]);
  const put = useMutation({
    mutationFn: async (values: Values) => (await ask<Written>("put", "settings/cloudonix", { body: toBody(values) })).data,
    onSuccess: ({ settings, callback_url, cdr_url, addresses }) => queries.setQueryData(CARRIER.queryKey, { settings, callback_url, cdr_url, addresses }),
  });
  const save = form.handleSubmit(
    async (values) => {
      setProblem(undefined);
      setWarning(undefined);
      try {
        const written = await put.mutateAsync(values);
        form.reset(toValues(written.settings));
        if (written.warning) setWarning(written.warning);
        else tell(t("cloudonix.saved"));
      } catch (error) {
        const errors = error instanceof Refused ? Object.entries(error.problem.errors ?? {}) : [];
        for (const [name, sentences] of errors) form.setError(name as Path<Values>, { type: "server", message: sentences.join(" ") }, { shouldFocus: true });
        setProblem(errors.length > 0 ? t("form.look", { ns: "app" }) : sentenceOf(error, t("failed.network", { ns: "app" })));
      }
    },
    () => setProblem(t("form.look", { ns: "app" })),
  );
  return { form, save, saving: put.isPending, problem, warning };
}
