// The list of AI assistants, with the way to each and what follows when it does not take a call.

import { Bot } from "lucide-react";
import { aiAssistants, type Assistant } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { phone } from "@/format";
import { DestinationLink, destinationText } from "@/views/destination-link";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useStatus } from "@/views/list/status";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { WAYS } from "./values";

function addressOf({ provider, phone_number, url }: Assistant): string {
  return url ?? [provider, phone_number && phone(phone_number)].filter(Boolean).join(" ");
}

export function AiAssistantsPage() {
  const { t } = useWords("ai-assistants");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const status = useStatus();
  const app = { ns: "app" };
  const columns: Column<Assistant>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (one) => one.name, text: (one) => one.name },
    { name: "type", title: t("way_kind"), sort: "type", cell: (one) => t(`ways.${one.type}`), text: (one) => one.type },
    { name: "address", title: t("address"), sort: "provider", cell: (one) => <span className="block max-w-72 truncate">{addressOf(one)}</span>, text: addressOf },
    { name: "timeout", title: t("timeout"), align: "right", cell: (one) => t("seconds", { count: one.timeout }), text: (one) => one.timeout },
    { name: "fallback", title: t("fallback"), cell: (one) => (one.fallback ? <DestinationLink destination={one.fallback} /> : t("destination.hangup", app)), text: (one) => (one.fallback ? `${one.fallback.type ?? ""} ${destinationText(one.fallback)}`.trim() : "hangup") },
    status.column(),
    { name: "updated_at", title: t("updated"), extra: true, sort: "updated_at", cell: (one) => <When at={one.updated_at} relative />, text: (one) => one.updated_at },
  ];
  return (
    <RecordList
      resource={aiAssistants}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "name" }}
      filters={[
        status.filter,
        { name: "type", label: t("way_kind"), kind: "choice", options: WAYS.map((value) => ({ value, label: t(`ways.${value}`) })) },
      ]}
      pathOf={(one) => `/ai-assistants/${one.id}`}
      create={edits ? { to: "/ai-assistants/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <Bot aria-hidden />, title: t("empty"), more: t("empty_more") }}
    />
  );
}
