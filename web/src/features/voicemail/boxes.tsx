// The list of voicemail boxes.

import { Voicemail } from "lucide-react";
import { type Box, voicemailBoxes } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { Badge } from "@/ui/badge";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useStatus } from "@/views/list/status";
import { useWords } from "@/words";
import { Parts } from "./parts";

export function BoxesPage() {
  const { t } = useWords("voicemail");
  const { is } = useRole();
  const status = useStatus();
  const edits = is("owner", "pbx_admin");
  const columns: Column<Box>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (box) => box.name, text: (box) => box.name },
    { name: "user", title: t("owner"), cell: (box) => box.user_name ?? <span className="text-muted">{t("everybody")}</span>, text: (box) => box.user_name },
    { name: "messages", title: t("messages"), align: "right", cell: (box) => box.messages_count, text: (box) => box.messages_count },
    { name: "unheard", title: t("unheard"), align: "right", cell: (box) => (box.unheard_count > 0 ? <Badge tone="accent">{box.unheard_count}</Badge> : 0), text: (box) => box.unheard_count },
    { name: "mail", title: t("mail"), cell: (box) => t(`mails.${box.mail}`), text: (box) => box.mail },
    { name: "pin", title: t("pin"), cell: (box) => t(box.has_pin ? "pin_set" : "pin_none"), text: (box) => (box.has_pin ? 1 : 0) },
    status.column<Box>(),
  ];
  return (
    <RecordList
      resource={voicemailBoxes}
      title={t("boxes_title")}
      description={t("boxes_about")}
      columns={columns}
      searchLabel={t("boxes_search")}
      usual={{ sort: "name" }}
      filters={[status.filter]}
      pathOf={(box) => `/voicemail/${box.id}`}
      create={edits ? { to: "/voicemail/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <Voicemail aria-hidden />, title: t("boxes_empty"), more: t("boxes_empty_more") }}
    >
      <Parts />
    </RecordList>
  );
}
