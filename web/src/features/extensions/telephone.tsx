// How a telephone is set up for an extension. Its password is shown on demand only, and each time on record.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Eye, EyeOff, KeyRound } from "lucide-react";
import { type ReactNode, useState } from "react";
import { type AnswerOf, type Extension, extensions } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { useRole } from "@/api/session";
import type { paths } from "@/api/schema";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/dialog";
import { Note, Panel } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { CopyButton } from "@/views/copyable";
import { useWords } from "@/words";

type Told = AnswerOf<"/api/v1/extensions/{id}/password">;
type Reset = paths["/api/v1/extensions/{id}/reset-password"]["put"]["responses"][200]["content"]["application/json"];

export function TelephonePanel({ extension }: { extension: Extension }) {
  const { t } = useWords("extensions");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const { sip_config } = extension;
  const domain = useSipDomain(is("owner"));
  // Right after it was made, the password comes with the extension.
  const [password, setPassword] = useState<string | null | undefined>(sip_config?.password ?? undefined);
  const failed = (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" });
  const reveal = useMutation({
    mutationFn: async () => (await ask<Told>("get", `extensions/${extension.id}/password`, { params: { reason: "shown in the web app" } })).data.password,
    onSuccess: setPassword,
    onError: failed,
    gcTime: 0,
  });
  if (!sip_config) return null;
  return (
    <Panel title={t("telephone")} description={t("telephone_more")}>
      <dl className="divide-y rounded-xl border">
        <Row name={t("server")} value={sip_config.server} />
        {domain && <Row name={t("domain")} value={domain} />}
        <Row name={t("user_name")} value={sip_config.username} />
        {edits && (
          <Row name={t("password")} value={password ?? undefined} shown={password ?? (password === null ? <span className="text-muted">{t("no_password")}</span> : <Dots />)}>
            {password === undefined ? (
              <Button look="soft" size="small" busy={reveal.isPending} onClick={() => reveal.mutate()}><Eye aria-hidden />{t("form.show", { ns: "app" })}</Button>
            ) : (
              <Button look="ghost" size="tiny" aria-label={t("form.hide", { ns: "app" })} onClick={() => setPassword(undefined)}><EyeOff aria-hidden /></Button>
            )}
          </Row>
        )}
      </dl>
      {edits ? (
        <>
          <p className="mt-2.5 text-[13px] text-muted">{t("on_record")}</p>
          <ResetPassword extension={extension} onPassword={setPassword} />
        </>
      ) : (
        <p className="mt-2.5 text-[13px] text-muted">{t("ask_password")}</p>
      )}
      <details className="group mt-4 border-t pt-3">
        <summary className="cursor-pointer rounded font-medium text-accent-text">{t("how")}</summary>
        <ol className="mt-2 list-decimal space-y-1.5 pl-5 text-muted marker:text-muted">
          {["account", "fields", "check"].map((step) => <li key={step}>{t(`how_steps.${step}`)}</li>)}
        </ol>
      </details>
    </Panel>
  );
}

/** Telephones that ask for a domain beside the server want the company's own at the carrier, which its owners may see. */
function useSipDomain(enabled: boolean): string | null | undefined {
  const settings = useQuery({
    queryKey: ["pbx.cloudonix_settings", "domain"],
    queryFn: async ({ signal }) => (await ask<AnswerOf<"/api/v1/settings/cloudonix">>("get", "settings/cloudonix", { signal })).data.settings?.domain_name ?? null,
    enabled,
    retry: false,
  });
  return settings.data;
}

function Dots() {
  return <span aria-hidden className="tracking-widest text-muted">••••••••••</span>;
}

function Row({ name, value, shown = value, children }: { name: string; value: string | undefined; shown?: ReactNode; children?: ReactNode }) {
  return (
    <div className="py-2 pr-2 pl-3.5">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="flex min-h-7 items-center gap-1">
        <span className="min-w-0 grow font-mono text-[13px] break-words">{shown}</span>
        {children}
        {value && <CopyButton text={value} label={name} />}
      </dd>
    </div>
  );
}

function ResetPassword({ extension, onPassword }: { extension: Extension; onPassword: (password: string) => void }) {
  const { t } = useWords("extensions");
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const reset = useMutation({
    mutationFn: async () => (await ask<Reset>("put", `extensions/${extension.id}/reset-password`)).data,
    onSuccess: ({ new_password }) => {
      setAsking(false);
      onPassword(new_password);
      tell(t("password_new"));
      return queries.invalidateQueries({ queryKey: [extensions.model] });
    },
    gcTime: 0,
  });
  return (
    <>
      <Button size="small" className="mt-3" onClick={() => setAsking(true)}><KeyRound aria-hidden />{t("reset")}</Button>
      {reset.data?.cloudonix_warning && <Note tone="warn" className="mt-3">{reset.data.cloudonix_warning.message}</Note>}
      <Confirm open={asking} onOpenChange={setAsking} title={t("reset_title", { name: extensions.title(extension) })} cancel={t("cancel", { ns: "app" })} confirm={t("reset_confirm")} danger busy={reset.isPending} onConfirm={() => reset.mutate()}>
        {t("reset_more")}
        {reset.isError && <Note tone="bad" className="mt-3">{sentenceOf(reset.error, t("failed.network", { ns: "app" }))}</Note>}
      </Confirm>
    </>
  );
}
