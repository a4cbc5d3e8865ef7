// What a call would meet at this moment, and the switch that wins over the schedule.

import { DoorClosed, DoorOpen } from "lucide-react";
import type { Schedule } from "@/api/catalogue";
import { classes } from "@/ui/classes";
import { DestinationName } from "@/views/destination-name";
import { OverrideSwitch } from "@/views/hours/override";
import { Because, NextChange, useScheduleState } from "@/views/hours/state";
import { useWords } from "@/words";
import { destinationOf } from "./values";

export function NowPanel({ schedule, edits }: { schedule: Schedule; edits: boolean }) {
  const { t } = useWords("business-hours");
  const { verdict } = useScheduleState(schedule);
  const Icon = verdict.open ? DoorOpen : DoorClosed;
  return (
    <section aria-label={t("now")} className="flex flex-wrap items-start gap-x-6 gap-y-4 rounded-2xl border bg-surface p-5 shadow-xs">
      <div className={classes("flex size-12 shrink-0 items-center justify-center rounded-2xl", verdict.open ? "bg-good-soft text-good" : verdict.why === "manual" ? "bg-warn-soft text-warn" : "bg-sunken text-muted")}>
        <Icon className="size-6" aria-hidden />
      </div>
      <div className="min-w-52 grow basis-60">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="text-lg font-semibold">{t(verdict.open ? "open_now" : "closed_now")}</span>
          <span className="text-muted"><Because schedule={schedule} /></span>
        </p>
        <p className="text-muted"><NextChange schedule={schedule} /></p>
        <p className="mt-1.5 flex flex-wrap items-center gap-x-1.5 text-[13px]">
          <span className="text-muted">{t("calls_go_to")}</span>
          <DestinationName destination={destinationOf(verdict.open ? schedule.open_hours_action : schedule.closed_hours_action)} className="font-medium" />
        </p>
      </div>
      <div className="w-full sm:w-auto sm:max-w-80 sm:min-w-64">
        <OverrideSwitch schedule={schedule} disabled={!edits} />
      </div>
    </section>
  );
}
