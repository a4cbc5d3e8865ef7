// An API key of one's own: made, or changed.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Eye, PencilLine } from "lucide-react";
import { useId, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { type ApiKey, apiKeys } from "@/api/catalogue";
import { ask, Refused, sentenceOf } from "@/api/resources";
import { CardsField, SelectField } from "@/fields/choice";
import { TextField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Note } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { useZone } from "@/views/when";
import { useWords } from "@/words";
import { EMPTY, LASTS, schema, toBody, toValues, type Values } from "./key-values";

export function KeyDialog({ apiKey, onClose, onMade }: { apiKey: ApiKey | undefined; onClose: () => void; onMade: (text: string) => void }) {
  const { t } = useWords("settings");
  const zone = useZone();
  const queries = useQueryClient();
  const formId = useId();
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: apiKey ? toValues(apiKey, zone) : EMPTY, mode: "onTouched" });
  const [problem, setProblem] = useState<string>();
  const save = useMutation({
    mutationFn: async (values: Values) => {
      const body = toBody(values, zone, Date.now());
      if (apiKey) await ask("put", `${apiKeys.path}/${apiKey.id}`, { body });
      else return (await ask<{ api_key: string }>("post", apiKeys.path, { body })).data.api_key;
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [apiKeys.model] }),
  });
  const submit = form.handleSubmit(async (values) => {
    setProblem(undefined);
    try {
      const text = await save.mutateAsync(values);
      if (text !== undefined) return onMade(text);
      tell(t("form.saved", { ns: "app", name: values.name }));
      onClose();
    } catch (error) {
      const ends = error instanceof Refused ? error.of("expires_at").join(" ") : "";
      if (ends) form.setError("until", { message: ends });
      setProblem(sentenceOf(error, t("failed.network", { ns: "app" })));
    }
  });
  const lasts = form.watch("lasts");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={apiKey ? apiKey.name : t("keys.new")}
      description={apiKey ? undefined : t("keys.new_more")}
      closeLabel={t("close", { ns: "app" })}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel", { ns: "app" })}</Button>
          <Button type="submit" form={formId} look="primary" busy={save.isPending}>{t(apiKey ? "form.save" : "keys.make", apiKey ? { ns: "app" } : {})}</Button>
        </>
      }
    >
      <FormProvider {...form}>
        <form
          id={formId}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
          className="space-y-4 pt-1"
        >
          {problem && <Note tone="bad">{problem}</Note>}
          <TextField name="name" label={t("keys.name")} help={t("keys.name_more")} required maxLength={100} autoFocus />
          <CardsField
            name="scope"
            label={t("keys.scope")}
            required
            options={[
              { value: "read", label: t("keys.scopes.read"), more: t("keys.scopes_more.read"), icon: <Eye aria-hidden /> },
              { value: "write", label: t("keys.scopes.write"), more: t("keys.scopes_more.write"), icon: <PencilLine aria-hidden /> },
            ]}
          />
          <div className="grid gap-4 sm:grid-cols-2">
            <SelectField name="lasts" label={t("keys.lasts")} required options={LASTS.map((value) => ({ value, label: t(`keys.lasts_for.${value}`) }))} />
            {lasts === "until" && <TextField name="until" label={t("keys.until")} type="date" required />}
          </div>
        </form>
      </FormProvider>
    </Dialog>
  );
}
