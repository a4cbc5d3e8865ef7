// A new password by the link of a mail: an invitation, or one that was asked for.

import { zodResolver } from "@hookform/resolvers/zod";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { z } from "zod";
import { ask, Refused, sentenceOf } from "@/api/resources";
import { SecretField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { useWords } from "@/words";
import { Door } from "./door";

const schema = z
  .object({ password: z.string().min(8, "login:weak").regex(/[a-z]/, "login:weak").regex(/[A-Z]/, "login:weak").regex(/\d/, "login:weak"), again: z.string() })
  .refine(({ password, again }) => password === again, { path: ["again"], message: "login:differs" });

export function SetPasswordPage() {
  const { t } = useWords("login");
  const { token } = useSearch({ strict: false }) as { token?: string };
  const form = useForm<z.infer<typeof schema>>({ resolver: zodResolver(schema), defaultValues: { password: "", again: "" }, mode: "onTouched" });
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = form.handleSubmit(async ({ password }) => {
    setProblem(undefined);
    try {
      await ask("post", "auth/password/reset", { body: { token, password } });
      setDone(true);
    } catch (error) {
      const sentence = error instanceof Refused ? error.of("password").join(" ") : "";
      if (sentence) form.setError("password", { message: sentence });
      else setProblem(sentenceOf(error, t("failed.network", { ns: "app" })));
    }
  });
  if (!token) return <Door title={t("set_title")}><Note tone="bad">{t("no_token")}</Note></Door>;
  if (done) {
    return (
      <Door title={t("set_done")} more={t("set_done_more")}>
        <Button asChild look="primary" size="large" className="w-full"><Link to="/login">{t("sign_in")}</Link></Button>
      </Door>
    );
  }
  return (
    <Door title={t("set_title")} more={t("set_more")}>
      <FormProvider {...form}>
        <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
          {problem && <Note tone="bad">{problem}</Note>}
          <SecretField name="password" label={t("new_password")} help={t("rules")} required />
          <SecretField name="again" label={t("again_password")} required />
          <Button type="submit" look="primary" size="large" className="w-full" busy={form.formState.isSubmitting}>{t("set")}</Button>
        </form>
      </FormProvider>
    </Door>
  );
}
