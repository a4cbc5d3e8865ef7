// The list of conference rooms.

import { KeyRound, Presentation } from "lucide-react";
import { conferenceRooms, type Room } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { count } from "@/format";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useStatus } from "@/views/list/status";
import { When } from "@/views/when";
import { useWords } from "@/words";

export function ConferenceRoomsPage() {
  const { t } = useWords("conference-rooms");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const status = useStatus();
  const app = { ns: "app" };
  const yes = (value: boolean) => t(value ? "yes" : "no", app);
  const columns: Column<Room>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (room) => room.name, text: (room) => room.name },
    { name: "entry", title: t("entry"), cell: (room) => (room.pin_required ? <span className="flex items-center gap-1.5"><KeyRound className="size-3.5 text-muted" aria-hidden />{t("by_pin")}</span> : t("open_to_all")), text: (room) => (room.pin_required ? "pin" : "open") },
    { name: "max_participants", title: t("participants"), sort: "max_participants", align: "right", cell: (room) => count(room.max_participants), text: (room) => room.max_participants },
    { name: "wait_for_host", title: t("waits"), cell: (room) => yes(room.wait_for_host), text: (room) => String(room.wait_for_host) },
    { name: "recording", title: t("recording"), cell: (room) => yes(room.recording_enabled), text: (room) => String(room.recording_enabled) },
    { name: "description", title: t("description"), extra: true, cell: (room) => <span className="line-clamp-2 max-w-80">{room.description ?? "–"}</span>, text: (room) => room.description },
    // Rooms are not sorted by it.
    { ...status.column(), sort: undefined },
    { name: "updated_at", title: t("updated"), extra: true, sort: "updated_at", cell: (room) => <When at={room.updated_at} relative />, text: (room) => room.updated_at },
  ];
  return (
    <RecordList
      resource={conferenceRooms}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "name" }}
      filters={[status.filter]}
      pathOf={(room) => `/conference-rooms/${room.id}`}
      create={edits ? { to: "/conference-rooms/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <Presentation aria-hidden />, title: t("empty"), more: t("empty_more") }}
    />
  );
}
