// A password of one's own, for the one that was drawn.

import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { ask, Refused, sentenceOf } from "@/api/resources";
import { ME } from "@/api/session";
import { SETUP } from "@/api/setup";
import { SecretField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { useWords } from "@/words";
import { password, type Passwords } from "./values";

export function PasswordStep({ onDone }: { onDone: () => void }) {
  const { t } = useWords("welcome");
  const queries = useQueryClient();
  const form = useForm<Passwords>({ resolver: zodResolver(password), defaultValues: { current: "", fresh: "", again: "" }, mode: "onTouched" });
  const [problem, setProblem] = useState<string>();
  const submit = form.handleSubmit(async ({ current, fresh, again }) => {
    setProblem(undefined);
    try {
      await ask("put", "profile/password", { body: { current_password: current, new_password: fresh, new_password_confirmation: again } });
      await Promise.all([queries.fetchQuery({ ...ME, staleTime: 0 }), queries.invalidateQueries({ queryKey: SETUP.queryKey })]);
      onDone();
    } catch (error) {
      const [old, next] = error instanceof Refused ? [error.of("current_password").join(" "), error.of("new_password").join(" ")] : ["", ""];
      if (old) form.setError("current", { message: old }, { shouldFocus: true });
      if (next) form.setError("fresh", { message: next }, { shouldFocus: true });
      if (!old && !next) setProblem(sentenceOf(error, t("failed.network", { ns: "app" })));
    }
  });
  return (
    <FormProvider {...form}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        className="max-w-md space-y-4"
      >
        {problem && <Note tone="bad">{problem}</Note>}
        <SecretField name="current" label={t("current")} help={t("current_more")} autoComplete="current-password" required />
        <SecretField name="fresh" label={t("fresh")} help={t("weak")} required />
        <SecretField name="again" label={t("again_password")} required />
        <Button type="submit" look="primary" size="large" busy={form.formState.isSubmitting}>{t("go_on")}</Button>
      </form>
    </FormProvider>
  );
}
