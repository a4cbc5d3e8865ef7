// Keys by which programs come in, each in a user's name: made here, shown once, taken back at any time.

import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { type ApiKey, apiKeys } from "@/api/catalogue";
import { sentenceOf, useRemove } from "@/api/resources";
import { useMe, useRole } from "@/api/session";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/dialog";
import { tell } from "@/ui/toast";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { type Once, ShownOnce } from "@/views/shown-once";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { SettingsFrame } from "./frame";
import { KeyDialog } from "./key-dialog";

export function ApiKeysPage() {
  const { t } = useWords("settings");
  const { is } = useRole();
  const me = useMe();
  const [asked, setAsked] = useState<ApiKey | "new">();
  const [taken, setTaken] = useState<ApiKey>();
  const [once, setOnce] = useState<Once>();
  const add = <Button look="primary" onClick={() => setAsked("new")}><Plus aria-hidden />{t("keys.new")}</Button>;
  const columns: Column<ApiKey>[] = [
    { name: "name", title: t("keys.name"), cell: (key) => key.user_id === me.id ? <button type="button" className="rounded text-left font-medium hover:text-accent-text" onClick={() => setAsked(key)}>{key.name}</button> : <span className="font-medium">{key.name}</span>, text: (key) => key.name },
    { name: "prefix", title: t("keys.begins"), cell: (key) => <code className="text-[13px]">{key.prefix}</code>, text: (key) => key.prefix },
    { name: "scope", title: t("keys.scope"), cell: (key) => <Badge tone={key.scope === "write" ? "warn" : "neutral"}>{t(`keys.scopes.${key.scope}`)}</Badge>, text: (key) => key.scope },
    ...(is("owner") ? [{ name: "user", title: t("keys.user"), cell: (key: ApiKey) => key.user_name, text: (key: ApiKey) => key.user_name }] : []),
    { name: "last_used_at", title: t("keys.used"), cell: (key) => (key.last_used_at ? <When at={key.last_used_at} relative /> : <span className="text-muted">{t("keys.never")}</span>), text: (key) => key.last_used_at },
    { name: "expires_at", title: t("keys.ends"), cell: (key) => <Ends at={key.expires_at} />, text: (key) => key.expires_at },
  ];
  return (
    <SettingsFrame>
      <RecordList
        resource={apiKeys}
        title={t("places.api-keys")}
        description={t(is("owner") ? "keys.about_owner" : "keys.about")}
        actions={add}
        columns={columns}
        usual={{ sort: "name" }}
        rowActions={(key) => <Button look="ghost" size="tiny" aria-label={t("keys.take_back", { name: key.name })} onClick={() => setTaken(key)}><Trash2 aria-hidden /></Button>}
        empty={{ icon: <KeyRound aria-hidden />, title: t("keys.empty"), more: t("keys.empty_more"), actions: add }}
      />
      {asked && (
        <KeyDialog
          apiKey={asked === "new" ? undefined : asked}
          onClose={() => setAsked(undefined)}
          onMade={(text) => {
            setAsked(undefined);
            setOnce({ title: t("keys.made"), label: t("keys.key"), text, more: t("keys.made_more") });
          }}
        />
      )}
      <ShownOnce once={once} onClose={() => setOnce(undefined)} />
      {taken && <TakeBack apiKey={taken} onClose={() => setTaken(undefined)} />}
    </SettingsFrame>
  );
}

function Ends({ at }: { at: string | null }) {
  const { t } = useWords("settings");
  if (!at) return <span className="text-muted">{t("keys.endless")}</span>;
  if (Date.parse(at) < Date.now()) return <Badge tone="bad">{t("keys.over")}</Badge>;
  return <When at={at} relative />;
}

function TakeBack({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useWords("settings");
  const remove = useRemove(apiKeys);
  const run = () =>
    remove.mutateAsync(apiKey.id).then(
      () => {
        tell(t("keys.taken_back", { name: apiKey.name }));
        onClose();
      },
      (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
    );
  return (
    <Confirm open onOpenChange={(open) => !open && onClose()} title={t("keys.take_back_title", { name: apiKey.name })} cancel={t("cancel", { ns: "app" })} confirm={t("keys.take_back_now")} danger busy={remove.isPending} onConfirm={() => void run()}>
      {t("keys.take_back_more")}
    </Confirm>
  );
}
