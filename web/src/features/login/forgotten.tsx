// Asking for a link that sets a new password. Whether an address is known is not told.

import { zodResolver } from "@hookform/resolvers/zod";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { z } from "zod";
import { ask, sentenceOf } from "@/api/resources";
import { TextField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { useWords } from "@/words";
import { Door } from "./door";

const schema = z.object({ email: z.email("problems.email") });

export function ForgottenPage() {
  const { t } = useWords("login");
  const form = useForm<z.infer<typeof schema>>({ resolver: zodResolver(schema), defaultValues: { email: "" } });
  const [sent, setSent] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = form.handleSubmit(async (body) => {
    try {
      await ask("post", "auth/password/forgot", { body });
      setSent(true);
    } catch (error) {
      setProblem(sentenceOf(error, t("failed.network", { ns: "app" })));
    }
  });
  const back = <p className="text-center"><Link to="/login" className="text-[13px] text-accent-text hover:underline">{t("back")}</Link></p>;
  return (
    <Door title={t("forgotten_title")} more={sent ? undefined : t("forgotten_more")}>
      {sent ? (
        <div className="space-y-4"><Note tone="good" title={t("sent")}>{t("sent_more")}</Note>{back}</div>
      ) : (
        <FormProvider {...form}>
          <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
            {problem && <Note tone="bad">{problem}</Note>}
            <TextField name="email" type="email" label={t("email")} autoComplete="username" autoFocus required />
            <Button type="submit" look="primary" size="large" className="w-full" busy={form.formState.isSubmitting}>{t("send")}</Button>
            {back}
          </form>
        </FormProvider>
      )}
    </Door>
  );
}
