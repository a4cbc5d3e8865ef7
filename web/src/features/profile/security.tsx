// How one gets in: the password, and the devices on which one is signed in.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { ask, Refused, sentenceOf } from "@/api/resources";
import { SecretField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Note, Panel } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { Devices, DEVICES } from "./devices";
import { ProfileFrame } from "./frame";
import { passwordSchema, type Passwords } from "./values";

export function SecurityPage() {
  const { t } = useWords("profile");
  return (
    <ProfileFrame>
      <PageHead title={t("places.security")} description={t("security_more")} />
      <div className="space-y-5">
        <PasswordForm />
        <Devices />
        <Panel
          title={t("keys")}
          description={t("keys_more")}
          actions={<Button asChild size="small"><Link to="/settings/api-keys"><KeyRound aria-hidden />{t("keys_open")}</Link></Button>}
          flush
          className="pb-5"
        />
      </div>
    </ProfileFrame>
  );
}

const NO_PASSWORDS: Passwords = { current: "", fresh: "", again: "" };

function PasswordForm() {
  const { t } = useWords("profile");
  const queries = useQueryClient();
  const form = useForm<Passwords>({ resolver: zodResolver(passwordSchema), defaultValues: NO_PASSWORDS, mode: "onTouched" });
  const [problem, setProblem] = useState<string>();
  const change = useMutation({
    mutationFn: ({ current, fresh, again }: Passwords) => ask("put", "profile/password", { body: { current_password: current, new_password: fresh, new_password_confirmation: again } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: DEVICES }),
  });
  const submit = form.handleSubmit(async (values) => {
    setProblem(undefined);
    try {
      await change.mutateAsync(values);
      form.reset(NO_PASSWORDS);
      tell(t("password_saved"));
    } catch (error) {
      const [current, fresh] = error instanceof Refused ? [error.of("current_password").join(" "), error.of("new_password").join(" ")] : ["", ""];
      if (current) form.setError("current", { message: current }, { shouldFocus: true });
      if (fresh) form.setError("fresh", { message: fresh }, { shouldFocus: true });
      if (!current && !fresh) setProblem(sentenceOf(error, t("failed.network", { ns: "app" })));
    }
  });
  return (
    <Panel title={t("password")} description={t("password_more")}>
      <FormProvider {...form}>
        <form
          noValidate
          aria-label={t("password")}
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
          className="space-y-4"
        >
          {problem && <Note tone="bad">{problem}</Note>}
          <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2">
            <SecretField name="current" label={t("password_current")} autoComplete="current-password" required className="sm:col-span-2 sm:max-w-[calc(50%-0.625rem)]" />
            <SecretField name="fresh" label={t("password_new")} help={t("weak")} required />
            <SecretField name="again" label={t("password_again")} required />
          </div>
          <Button type="submit" look="primary" busy={change.isPending}>{t("password_set")}</Button>
        </form>
      </FormProvider>
    </Panel>
  );
}
