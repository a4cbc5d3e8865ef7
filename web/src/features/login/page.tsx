// Signing in.

import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { z } from "zod";
import { sentenceOf } from "@/api/resources";
import { useSignIn } from "@/api/session";
import { SETUP } from "@/api/setup";
import { SecretField, TextField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { useWords } from "@/words";
import { Door } from "./door";

const schema = z.object({ email: z.email("problems.email"), password: z.string().min(1, "problems.required") });
type Credentials = z.infer<typeof schema>;

export function LoginPage() {
  const queries = useQueryClient();
  // Whoever made the installation begins where it begins; nobody else is held up by the question.
  const isFirstRun = async (role: string | null) => {
    const setup = role === "owner" ? await queries.fetchQuery(SETUP).catch(() => undefined) : undefined;
    return setup !== undefined && !setup.company && !setup.dismissed;
  };
  const { t } = useWords("login");
  const { next } = useSearch({ strict: false }) as { next?: string };
  const go = useNavigate();
  const signIn = useSignIn();
  const form = useForm<Credentials>({ resolver: zodResolver(schema), defaultValues: { email: "", password: "" } });
  const [problem, setProblem] = useState<string>();
  const submit = form.handleSubmit(async ({ email, password }) => {
    setProblem(undefined);
    try {
      const me = await signIn(email, password);
      // Only ways within this app: a link to elsewhere is nobody's wish.
      const within = next?.startsWith("/") && !next.startsWith("//") ? next : "/dashboard";
      await go({ href: me.password_reset_required || (within === "/dashboard" && (await isFirstRun(me.role))) ? "/welcome" : within });
    } catch (error) {
      setProblem(sentenceOf(error, t("failed.network", { ns: "app" })));
      form.resetField("password");
      form.setFocus("password");
    }
  });
  return (
    <Door title={t("title")} more={t("more")}>
      <FormProvider {...form}>
        <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
          {problem && <Note tone="bad">{problem}</Note>}
          <TextField name="email" type="email" label={t("email")} autoComplete="username" autoFocus required />
          <SecretField name="password" label={t("password")} autoComplete="current-password" required />
          <Button type="submit" look="primary" size="large" className="w-full" busy={form.formState.isSubmitting}>{t("sign_in")}</Button>
          <p className="text-center"><Link to="/forgot-password" className="text-[13px] text-accent-text hover:underline">{t("forgotten")}</Link></p>
        </form>
      </FormProvider>
    </Door>
  );
}
