// The list of schedules: which is open now, and when that changes.

import { Clock } from "lucide-react";
import { businessHours, type Schedule } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { Badge } from "@/ui/badge";
import { DestinationName } from "@/views/destination-name";
import { Because, NextChange, OpenBadge } from "@/views/hours/state";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { destinationOf } from "./values";

export function BusinessHoursPage() {
  const { t } = useWords("business-hours");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const columns: Column<Schedule>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (schedule) => schedule.name, text: (schedule) => schedule.name },
    {
      name: "now",
      title: t("now"),
      cell: (schedule) => <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5"><OpenBadge schedule={schedule} /><span className="text-[13px] text-muted"><Because schedule={schedule} /></span></span>,
      text: (schedule) => schedule.current_status,
    },
    { name: "next", title: t("next"), cell: (schedule) => <NextChange schedule={schedule} /> },
    { name: "open", title: t("when_open"), cell: (schedule) => <DestinationName destination={destinationOf(schedule.open_hours_action)} className="max-w-44" />, text: (schedule) => schedule.open_hours_action.target_id ?? schedule.open_hours_action.type },
    { name: "closed", title: t("when_closed"), cell: (schedule) => <DestinationName destination={destinationOf(schedule.closed_hours_action)} className="max-w-44" />, text: (schedule) => schedule.closed_hours_action.target_id ?? schedule.closed_hours_action.type },
    { name: "timezone", title: t("timezone"), extra: true, cell: (schedule) => schedule.timezone?.replaceAll("_", " ") ?? <span className="text-muted">{t("company_zone")}</span>, text: (schedule) => schedule.timezone },
    { name: "exceptions", title: t("exceptions"), extra: true, align: "right", cell: (schedule) => schedule.exceptions.length, text: (schedule) => schedule.exceptions.length },
    { name: "status", title: t("status"), sort: "status", cell: (schedule) => <Badge dot tone={schedule.status === "active" ? "good" : "neutral"}>{t(schedule.status, { ns: "app" })}</Badge>, text: (schedule) => schedule.status },
    { name: "updated_at", title: t("updated"), extra: true, sort: "updated_at", cell: (schedule) => <When at={schedule.updated_at} relative />, text: (schedule) => schedule.updated_at },
  ];
  return (
    <RecordList
      resource={businessHours}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "name" }}
      filters={[{ name: "status", label: t("status"), kind: "choice", options: ["active", "inactive"].map((value) => ({ value, label: t(value, { ns: "app" }) })) }]}
      pathOf={(schedule) => `/business-hours/${schedule.id}`}
      create={edits ? { to: "/business-hours/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <Clock aria-hidden />, title: t("empty"), more: t("empty_more") }}
    />
  );
}
