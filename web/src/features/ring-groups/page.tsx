// The list of ring groups.

import { UsersRound } from "lucide-react";
import { type RingGroup, ringGroups } from "@/api/catalogue";
import { useRole } from "@/api/session";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useStatus } from "@/views/list/status";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { STRATEGIES } from "./values";

export function RingGroupsPage() {
  const { t } = useWords("ring-groups");
  const { is } = useRole();
  const status = useStatus();
  const edits = is("owner", "pbx_admin");
  const columns: Column<RingGroup>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (group) => group.name, text: (group) => group.name },
    { name: "strategy", title: t("strategy"), sort: "strategy", cell: (group) => t(`strategies.${group.strategy}`), text: (group) => group.strategy },
    { name: "members", title: t("members"), align: "right", cell: (group) => group.members_count, text: (group) => group.members.map((member) => member.extension_number).join(" ") },
    { name: "timeout", title: t("timeout"), align: "right", cell: (group) => t("seconds", { count: group.timeout }), text: (group) => group.timeout },
    { name: "fallback", title: t("fallback"), cell: (group) => t(`destination.${group.fallback_action}`, { ns: "app" }), text: (group) => group.fallback_action },
    status.column<RingGroup>(),
    { name: "updated_at", title: t("updated"), extra: true, sort: "updated_at", cell: (group) => <When at={group.updated_at} relative />, text: (group) => group.updated_at },
  ];
  return (
    <RecordList
      resource={ringGroups}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "name" }}
      filters={[
        status.filter,
        { name: "strategy", label: t("strategy"), kind: "choice", options: STRATEGIES.map((value) => ({ value, label: t(`strategies.${value}`) })) },
      ]}
      pathOf={(group) => `/ring-groups/${group.id}`}
      create={edits ? { to: "/ring-groups/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <UsersRound aria-hidden />, title: t("empty"), more: t("empty_more") }}
    />
  );
}
