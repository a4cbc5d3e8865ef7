// Whether the company is open, schedule by schedule, and the switch that wins over each.

import { Link } from "@tanstack/react-router";
import { businessHours, type Schedule } from "@/api/catalogue";
import { useList } from "@/api/resources";
import { useRole } from "@/api/session";
import { Panel, Skeleton } from "@/ui/panel";
import { OverrideSwitch } from "@/views/hours/override";
import { NextChange, OpenBadge } from "@/views/hours/state";
import { useWords } from "@/words";

/** More would push everything else away; their room has all of them. */
const SHOWN_MAX = 4;

export function Hours() {
  const { t } = useWords("dashboard");
  const schedules = useList(businessHours, { status: "active", per_page: SHOWN_MAX, sort_by: "name" });
  if (schedules.isError) return null;
  return (
    <Panel title={t("rooms.business-hours", { ns: "app" })}>
      {!schedules.data && <Skeleton className="h-16" />}
      {schedules.data?.data.length === 0 && <p className="text-muted">{t("no_hours")}</p>}
      <ul className="space-y-5">{schedules.data?.data.map((schedule) => <OneSchedule key={schedule.id} schedule={schedule} />)}</ul>
    </Panel>
  );
}

function OneSchedule({ schedule }: { schedule: Schedule }) {
  const { is } = useRole();
  return (
    <li className="space-y-2.5">
      <div className="flex items-start gap-3">
        <span className="min-w-0 grow">
          <Link to={`/business-hours/${schedule.id}`} className="block truncate font-medium hover:text-accent-text">{schedule.name}</Link>
          <span className="text-[13px] text-muted"><NextChange schedule={schedule} /></span>
        </span>
        <OpenBadge schedule={schedule} />
      </div>
      <OverrideSwitch schedule={schedule} disabled={!is("owner", "pbx_admin")} />
    </li>
  );
}
