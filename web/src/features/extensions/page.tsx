// The list of extensions: what each rings, what it does now, and whether the carrier knows it.

import { Link } from "@tanstack/react-router";
import { BellOff, CornerUpRight, Phone, RefreshCw } from "lucide-react";
import { type Extension, extensions } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { phone } from "@/format";
import { Button } from "@/ui/button";
import { DestinationLink, destinationText } from "@/views/destination-link";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useStatus } from "@/views/list/status";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { StateBadge, SyncBadge, syncStateOf } from "./badges";
import { type State, useExtensionStates } from "./states";

const TYPES = ["user", "ring_group", "ivr", "business_hours", "conference", "ai_assistant", "voicemail", "forward", "extension", "hangup"] as const;

export function ExtensionsPage() {
  const { t } = useWords("extensions");
  const { is } = useRole();
  const states = useExtensionStates();
  const edits = is("owner", "pbx_admin");
  const status = useStatus();
  return (
    <RecordList
      resource={extensions}
      title={t("title")}
      description={t("about")}
      columns={useColumns(states)}
      searchLabel={t("search")}
      usual={{ sort: "extension_number" }}
      filters={[
        status.filter,
        { name: "type", label: t("rings"), kind: "choice", options: TYPES.map((value) => ({ value, label: t(`types.${value}`) })) },
      ]}
      pathOf={(extension) => `/extensions/${extension.id}`}
      create={edits ? { to: "/extensions/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      actions={is("owner", "pbx_admin", "reporter") && <Button asChild><Link to="/extensions/sync"><RefreshCw aria-hidden />{t("sync")}</Link></Button>}
      empty={{ icon: <Phone aria-hidden />, title: t("empty"), more: t("empty_more") }}
    />
  );
}

function useColumns(states: ReadonlyMap<number, State>): Column<Extension>[] {
  const { t } = useWords("extensions");
  const status = useStatus();
  const { is } = useRole();
  const app = { ns: "app" };
  const sync: Column<Extension> = { name: "sync", title: t("carrier"), cell: (one) => (one.type === "user" ? <SyncBadge extension={one} /> : <span className="text-muted">–</span>), text: (one) => (one.type === "user" ? syncStateOf(one) : "") };
  return [
    { name: "extension_number", title: t("number"), sort: "extension_number", cell: (one) => <span className="tabular-nums">{one.extension_number}</span>, text: (one) => one.extension_number },
    { name: "name", title: t("name"), sort: "name", cell: (one) => one.name, text: (one) => one.name },
    { name: "type", title: t("rings"), sort: "type", cell: (one) => <Rings extension={one} />, text: (one) => (one.destination ? destinationText(one.destination) : one.user?.name ?? "") },
    { name: "now", title: t("now"), cell: (one) => (one.type === "user" && one.status === "active" ? <Now extension={one} state={states.get(one.id)} /> : <span className="text-muted">–</span>) },
    // Whether the carrier knows is nothing that a user could do anything about.
    ...(is("pbx_user") ? [] : [sync]),
    { name: "voicemail", title: t("voicemail"), extra: true, cell: (one) => t(one.voicemail_enabled ? "yes" : "no", app), text: (one) => (one.voicemail_enabled ? "yes" : "no") },
    { name: "caller_id", title: t("caller_id"), extra: true, cell: (one) => (one.caller_id ? phone(one.caller_id) : <span className="text-muted">–</span>), text: (one) => one.caller_id },
    { name: "recording", title: t("recording"), extra: true, cell: (one) => t(`recording_policy.rules.${one.recording}`, app), text: (one) => one.recording },
    status.column(),
    { name: "updated_at", title: t("updated"), extra: true, sort: "updated_at", cell: (one) => <When at={one.updated_at} relative />, text: (one) => one.updated_at },
  ];
}

function Rings({ extension }: { extension: Extension }) {
  const { t } = useWords("extensions");
  if (extension.destination) return <DestinationLink destination={extension.destination} />;
  return (
    <span className="flex items-center gap-2">
      <Phone className="size-4 shrink-0 text-muted" aria-hidden />
      <span className={extension.user ? "truncate" : "truncate text-muted"}>{extension.user?.name ?? t("types.user")}</span>
    </span>
  );
}

function Now({ extension, state }: { extension: Extension; state: State | undefined }) {
  const { t } = useWords("extensions");
  return (
    <span className="flex items-center gap-1.5">
      <StateBadge state={state} />
      {extension.do_not_disturb && state !== "do_not_disturb" && <BellOff role="img" className="size-3.5 text-bad" aria-label={t("states.do_not_disturb")} />}
      {extension.forward_always && <CornerUpRight role="img" className="size-3.5 text-warn" aria-label={t("forwards_all", { to: destinationText(extension.forward_always) })} />}
    </span>
  );
}
