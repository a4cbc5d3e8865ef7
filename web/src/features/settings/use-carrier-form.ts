// The form of the carrier: filled from what is saved, saved with what the carrier said to it.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import type { AnswerOf } from "@/api/catalogue";
import { ask } from "@/api/resources";
import { tell } from "@/ui/toast";
import { place } from "@/views/form/place";
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
        setProblem(place(form, error, t("failed.network", { ns: "app" })) ?? t("form.look", { ns: "app" }));
      }
    },
    () => setProblem(t("form.look", { ns: "app" })),
  );
  return { form, save, saving: put.isPending, problem, warning };
}
