// Who did what, to which record, and when.

import { History } from "lucide-react";
import { type AuditEntry, auditLog, users } from "@/api/catalogue";
import { useList } from "@/api/resources";
import { Badge, type Tone } from "@/ui/badge";
import type { Column } from "@/views/list/columns";
import { asInstants } from "@/views/list/days";
import { RecordList } from "@/views/list/record-list";
import { useZone, When } from "@/views/when";
import { useWords } from "@/words";
import { SettingsFrame } from "./frame";
import { modelKey, MODELS } from "./models";

const DEEDS = ["create", "update", "delete", "reveal"] as const;
export const DEED_TONES: Record<AuditEntry["deed"], Tone> = { create: "good", update: "accent", delete: "bad", reveal: "warn" };
/** Of the people who are offered to filter by; whoever has more filters by a record. */
const PEOPLE_MAX = 100;

export function AuditLogPage() {
  const { t } = useWords("settings");
  const zone = useZone();
  const people = useList(users, { per_page: PEOPLE_MAX, sort_by: "name" });
  const changed = (entry: AuditEntry) => Object.keys((entry.changes as object | null) ?? {});
  const columns: Column<AuditEntry>[] = [
    { name: "record", title: t("audit.record"), cell: (entry) => entry.record_name ?? `#${entry.record_id}`, text: (entry) => entry.record_name ?? entry.record_id },
    { name: "model", title: t("audit.model"), sort: "model", cell: (entry) => <span className="whitespace-nowrap">{t(modelKey(entry.model), entry.model)}</span>, text: (entry) => entry.model },
    { name: "deed", title: t("audit.deed"), cell: (entry) => <Badge tone={DEED_TONES[entry.deed]}>{t(`history.${entry.deed}`, { ns: "app" })}</Badge>, text: (entry) => entry.deed },
    { name: "actor", title: t("audit.actor"), sort: "actor", cell: (entry) => <span className="line-clamp-1 max-w-52" title={entry.actor}>{entry.actor}</span>, text: (entry) => entry.actor },
    { name: "changes", title: t("audit.changes"), cell: (entry) => <span className="line-clamp-1 max-w-72 min-w-32 text-[13px] text-muted">{changed(entry).map((name) => t(`fields.${name}`, name)).join(", ") || "–"}</span>, text: (entry) => JSON.stringify(entry.changes) },
    { name: "at", title: t("audit.at"), sort: "at", cell: (entry) => <When at={entry.at} relative />, text: (entry) => entry.at },
    { name: "reason", title: t("audit.reason"), extra: true, cell: (entry) => entry.reason, text: (entry) => entry.reason },
    { name: "request_id", title: t("audit.request"), extra: true, cell: (entry) => <code className="text-xs">{entry.request_id}</code>, text: (entry) => entry.request_id },
  ];
  return (
    <SettingsFrame>
      <RecordList
        resource={auditLog}
        title={t("places.audit-log")}
        description={t("places_more.audit-log")}
        columns={columns}
        searchLabel={t("audit.search")}
        usual={{ sort: "at", order: "desc" }}
        asked={(params) => asInstants(params, zone, "beyond")}
        filters={[
          { name: "deed", label: t("audit.deed"), kind: "choice", options: DEEDS.map((value) => ({ value, label: t(`history.${value}`, { ns: "app" }) })) },
          { name: "model", label: t("audit.model"), kind: "choice", options: MODELS.map((value) => ({ value, label: t(modelKey(value)) })) },
          { name: "user_id", label: t("audit.actor"), kind: "choice", options: (people.data?.data ?? []).map((user) => ({ value: String(user.id), label: user.name })) },
          { name: "from_date", until: "to_date", label: t("audit.days"), kind: "days" },
        ]}
        pathOf={(entry) => `/settings/audit-log/${entry.id}`}
        empty={{ icon: <History aria-hidden />, title: t("audit.empty"), more: t("audit.empty_more") }}
      />
    </SettingsFrame>
  );
}
