// The list of callers who are turned away.

import { PhoneOff } from "lucide-react";
import { type BlockedCaller, blocklist } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { phone } from "@/format";
import { Badge } from "@/ui/badge";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useStatus } from "@/views/list/status";
import { When } from "@/views/when";
import { useWords } from "@/words";

export function BlocklistPage() {
  const { t } = useWords("blocklist");
  const { is } = useRole();
  const status = useStatus();
  const edits = is("owner", "pbx_admin");
  const columns: Column<BlockedCaller>[] = [
    { name: "caller", title: t("caller"), sort: "caller", cell: (blocked) => <span className="tabular-nums">{blocked.is_prefix ? blocklist.title(blocked) : phone(blocked.caller)}</span>, text: blocklist.title },
    { name: "reason", title: t("reason"), cell: (blocked) => blocked.reason ?? <span className="text-muted">–</span>, text: (blocked) => blocked.reason },
    { name: "until", title: t("until"), sort: "expires_at", cell: (blocked) => <Until at={blocked.expires_at} />, text: (blocked) => blocked.expires_at },
    status.column<BlockedCaller>(),
    { name: "created_at", title: t("created"), extra: true, sort: "created_at", cell: (blocked) => <When at={blocked.created_at} relative />, text: (blocked) => blocked.created_at },
  ];
  return (
    <RecordList
      resource={blocklist}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "created_at", order: "desc" }}
      filters={[status.filter]}
      pathOf={(blocked) => `/blocklist/${blocked.id}`}
      create={edits ? { to: "/blocklist/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <PhoneOff aria-hidden />, title: t("empty"), more: t("empty_more") }}
    />
  );
}

function Until({ at }: { at: string | null }) {
  const { t } = useWords("blocklist");
  if (!at) return <span className="text-muted">{t("for_good")}</span>;
  if (new Date(at).getTime() < Date.now()) return <Badge>{t("over")}</Badge>;
  return <When at={at} />;
}
