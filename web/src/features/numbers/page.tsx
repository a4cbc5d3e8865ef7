// The list of phone numbers, with where each leads.

import { Link } from "@tanstack/react-router";
import { FileUp, MoreHorizontal, PhoneCall, PhoneIncoming, Workflow } from "lucide-react";
import { phoneNumbers, type PhoneNumber } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { TARGET_KINDS } from "@/fields/destination";
import { phone } from "@/format";
import { Button } from "@/ui/button";
import { Menu, MenuItem } from "@/ui/menu";
import { DestinationLink, destinationText } from "@/views/destination-link";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useStatus } from "@/views/list/status";
import { When } from "@/views/when";
import { useWords } from "@/words";

export function NumbersPage() {
  const { t } = useWords("numbers");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const status = useStatus();
  const columns: Column<PhoneNumber>[] = [
    { name: "phone_number", title: t("number"), sort: "phone_number", cell: (number) => <span className="tabular-nums">{phone(number.phone_number)}</span>, text: (number) => number.phone_number },
    { name: "friendly_name", title: t("name"), sort: "friendly_name", cell: (number) => number.friendly_name ?? <span className="text-muted">–</span>, text: (number) => number.friendly_name },
    { name: "destination", title: t("leads_to"), cell: (number) => <DestinationLink destination={number.destination} />, text: (number) => `${number.routing_type ?? ""} ${destinationText(number.destination)}`.trim() },
    { name: "recording", title: t("recording"), extra: true, cell: (number) => t(`recording_policy.rules.${number.recording}`, { ns: "app" }), text: (number) => number.recording },
    status.column(),
    { name: "updated_at", title: t("updated"), extra: true, sort: "updated_at", cell: (number) => <When at={number.updated_at} relative />, text: (number) => number.updated_at },
  ];
  const importLink = edits && <Button asChild><Link to="/numbers/import"><FileUp aria-hidden />{t("import")}</Link></Button>;
  return (
    <RecordList
      resource={phoneNumbers}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "phone_number" }}
      filters={[
        status.filter,
        { name: "routing_type", label: t("leads_to"), kind: "choice", options: TARGET_KINDS.map((kind) => ({ value: kind === "assistant" ? "ai_assistant" : kind, label: t(`destination.${kind}`, { ns: "app" }) })) },
      ]}
      pathOf={(number) => `/numbers/${number.id}`}
      create={edits ? { to: "/numbers/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      actions={importLink}
      rowActions={is("pbx_user") ? undefined : (number) => <RowMenu number={number} />}
      empty={{ icon: <PhoneIncoming aria-hidden />, title: t("empty"), more: t("empty_more"), actions: importLink }}
    />
  );
}

function RowMenu({ number }: { number: PhoneNumber }) {
  const { t } = useWords("numbers");
  return (
    <Menu trigger={<Button look="ghost" size="tiny" aria-label={t("form.more", { ns: "app", name: phone(number.phone_number) })}><MoreHorizontal aria-hidden /></Button>}>
      <MenuItem asChild><Link to="/flow" search={{ number: number.phone_number } as never}><Workflow aria-hidden />{t("draw")}</Link></MenuItem>
      <MenuItem asChild><Link to="/test-a-call" search={{ to: number.phone_number } as never}><PhoneCall aria-hidden />{t("test")}</Link></MenuItem>
    </Menu>
  );
}
