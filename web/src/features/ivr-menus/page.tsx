// The list of menus: what is heard, which keys lead somewhere, and what follows when none is pressed.

import { AudioLines, Link2, ListTree, MessageSquareText } from "lucide-react";
import { type IvrMenu, ivrMenus } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { kindOf } from "@/fields/destination-values";
import { Badge } from "@/ui/badge";
import { DestinationName } from "@/views/destination-name";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { When } from "@/views/when";
import { useWords } from "@/words";

export function IvrMenusPage() {
  const { t } = useWords("ivr-menus");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const columns: Column<IvrMenu>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (menu) => menu.name, text: (menu) => menu.name },
    { name: "greeting", title: t("greeting"), cell: (menu) => <Greeting menu={menu} />, text: (menu) => menu.recording_name ?? menu.audio_file_path ?? menu.tts_text },
    { name: "keys", title: t("keys"), cell: (menu) => <Keys menu={menu} />, text: (menu) => menu.options.map((option) => option.input_digits).join(" ") },
    { name: "direct_dial", title: t("direct_dial"), extra: true, cell: (menu) => t(menu.direct_dial ? "yes" : "no", { ns: "app" }), text: (menu) => String(menu.direct_dial) },
    { name: "failover", title: t("failover"), cell: (menu) => <DestinationName destination={{ type: kindOf(menu.failover_destination_type), id: menu.failover_destination_id, to: menu.failover_forward_to }} className="max-w-48" />, text: (menu) => menu.failover_destination.name ?? menu.failover_forward_to ?? menu.failover_destination_type },
    { name: "status", title: t("status"), sort: "status", cell: (menu) => <Badge dot tone={menu.status === "active" ? "good" : "neutral"}>{t(menu.status, { ns: "app" })}</Badge>, text: (menu) => menu.status },
    { name: "updated_at", title: t("updated"), sort: "updated_at", extra: true, cell: (menu) => <When at={menu.updated_at} relative />, text: (menu) => menu.updated_at },
  ];
  return (
    <RecordList
      resource={ivrMenus}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "name" }}
      filters={[{ name: "status", label: t("status"), kind: "choice", options: ["active", "inactive"].map((value) => ({ value, label: t(value, { ns: "app" }) })) }]}
      pathOf={(menu) => `/ivr-menus/${menu.id}`}
      create={edits ? { to: "/ivr-menus/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <ListTree aria-hidden />, title: t("empty"), more: t("empty_more") }}
    />
  );
}

function Greeting({ menu }: { menu: IvrMenu }) {
  const { t } = useWords("ivr-menus");
  const [Icon, text] = menu.recording_id !== null ? [AudioLines, menu.recording_name] : menu.audio_file_path !== null ? [Link2, menu.audio_file_path] : [MessageSquareText, menu.tts_text];
  return (
    <span className="flex max-w-64 items-center gap-1.5" title={text ?? undefined}>
      <Icon className="size-3.5 shrink-0 text-muted" aria-hidden />
      <span className="truncate">{text ?? t("silent")}</span>
    </span>
  );
}

function Keys({ menu }: { menu: IvrMenu }) {
  return (
    <span className="flex flex-wrap gap-1">
      {menu.options.map((option) => (
        <kbd key={option.id} title={option.description ?? option.destination.name ?? undefined} className="rounded-md border bg-sunken px-1.5 font-sans text-xs leading-5 tabular-nums">{option.input_digits}</kbd>
      ))}
    </span>
  );
}
