// The list of trunks.

import { Cable } from "lucide-react";
import { type Trunk, trunks } from "@/api/catalogue";
import { useRole } from "@/api/session";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useStatus } from "@/views/list/status";
import { When } from "@/views/when";
import { useWords } from "@/words";

export function TrunksPage() {
  const { t } = useWords("trunks");
  const { is } = useRole();
  const status = useStatus();
  const edits = is("owner", "pbx_admin");
  const columns: Column<Trunk>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (trunk) => trunk.name, text: (trunk) => trunk.name },
    { name: "engine_name", title: t("engine_name"), cell: (trunk) => <code className="text-[13px]">{trunk.engine_name}</code>, text: (trunk) => trunk.engine_name },
    { name: "recording", title: t("recording"), cell: (trunk) => t(`recordings.${trunk.recording}`), text: (trunk) => trunk.recording },
    status.column<Trunk>(),
    { name: "updated_at", title: t("updated"), extra: true, sort: "updated_at", cell: (trunk) => <When at={trunk.updated_at} relative />, text: (trunk) => trunk.updated_at },
  ];
  return (
    <RecordList
      resource={trunks}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "name" }}
      filters={[status.filter]}
      pathOf={(trunk) => `/trunks/${trunk.id}`}
      create={edits ? { to: "/trunks/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <Cable aria-hidden />, title: t("empty"), more: t("empty_more") }}
    />
  );
}
