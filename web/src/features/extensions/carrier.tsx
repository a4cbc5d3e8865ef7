// Beside the form: whether the carrier knows the extension as it is, and why not.

import { Link } from "@tanstack/react-router";
import type { Extension } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { Button } from "@/ui/button";
import { Note, Panel } from "@/ui/panel";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { SyncBadge, syncStateOf } from "./badges";

export function CarrierPanel({ extension }: { extension: Extension }) {
  const { t } = useWords("extensions");
  const { is } = useRole();
  const state = syncStateOf(extension);
  if (is("pbx_user")) return null;
  return (
    <Panel title={t("carrier")} actions={<SyncBadge extension={extension} />}>
      <p className="text-muted">{t(`sync_states_more.${state}`)}</p>
      {extension.sync_error && <Note tone="bad" className="mt-3">{extension.sync_error}</Note>}
      {extension.synced_at && <p className="mt-2 text-[13px] text-muted">{t("synced_at")} <When at={extension.synced_at} relative /></p>}
      {state !== "synced" && <Button asChild size="small" className="mt-3"><Link to="/extensions/sync">{t("compare")}</Link></Button>}
    </Panel>
  );
}
