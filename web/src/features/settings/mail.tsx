// Whether mails go out, and a trial of it.

import { useMutation, useQuery } from "@tanstack/react-query";
import { MailCheck, MailX, Send } from "lucide-react";
import type { AnswerOf } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { useMe } from "@/api/session";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Note, Panel, Skeleton } from "@/ui/panel";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { SettingsFrame } from "./frame";

export function MailPage() {
  const { t } = useWords("settings");
  const me = useMe();
  const state = useQuery({ queryKey: ["mail.mail", "state"], queryFn: async ({ signal }) => (await ask<AnswerOf<"/api/v1/settings/mail">>("get", "settings/mail", { signal })).data });
  const trial = useMutation({ mutationFn: async () => (await ask<{ message: string }>("post", "settings/mail/test", { body: {} })).data });
  const isSet = state.data?.configured;
  return (
    <SettingsFrame>
      <PageHead title={t("places.mail")} description={t("places_more.mail")} badge={state.data && <Badge dot tone={isSet ? "good" : "warn"}>{t(isSet ? "mail.set" : "mail.unset")}</Badge>} />
      {state.isError && <Note tone="bad" actions={<Button size="small" onClick={() => void state.refetch()}>{t("again", { ns: "app" })}</Button>}>{sentenceOf(state.error, t("failed.network", { ns: "app" }))}</Note>}
      {state.isPending && <Skeleton className="h-40 rounded-2xl" />}
      {state.data && (
        <Panel>
          <div className="flex gap-4">
            {isSet ? <MailCheck className="size-6 shrink-0 text-good" aria-hidden /> : <MailX className="size-6 shrink-0 text-warn" aria-hidden />}
            <div className="min-w-0 space-y-3">
              <p className="text-[15px] font-semibold">{t(isSet ? "mail.works" : "mail.waits")}</p>
              <p className="max-w-2xl text-muted">{t(isSet ? "mail.works_more" : "mail.waits_more")}</p>
              {!isSet && <pre className="rounded-lg bg-sunken p-3 font-mono text-[13px] break-all whitespace-pre-wrap">{'smtp_url = "smtp://user:password@mail.example.com:587"\nmail_from = "OPBX <pbx@example.com>"'}</pre>}
              <ul className="list-disc space-y-1 pl-5 text-muted">
                {["invitations", "passwords", "voicemail"].map((use) => <li key={use}>{t(`mail.uses.${use}`)}</li>)}
              </ul>
              <Button look={isSet ? "primary" : "plain"} disabled={!isSet} busy={trial.isPending} onClick={() => trial.mutate()}><Send aria-hidden />{t("mail.try", { email: me.email })}</Button>
              {trial.isSuccess && <Note tone="good">{t("mail.sent", { email: me.email })}</Note>}
              {trial.isError && <Note tone="bad">{sentenceOf(trial.error, t("failed.network", { ns: "app" }))}</Note>}
            </div>
          </div>
        </Panel>
      )}
    </SettingsFrame>
  );
}
