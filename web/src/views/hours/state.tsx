// Open or closed in a word, why, and until when.

import type { Schedule } from "@/api/catalogue";
import { instantIn } from "@/format";
import { Badge } from "@/ui/badge";
import { useWords } from "@/words";
import { useCompanyZone } from "../when";
import { nextChange, rulesOf, verdictAt } from "./status";
import { useNow } from "./use-now";

export function useScheduleState(schedule: Schedule) {
  const company = useCompanyZone();
  const now = useNow();
  const zone = schedule.timezone ?? company;
  const rules = rulesOf(schedule);
  return { zone, now, verdict: verdictAt(rules, zone, now), change: nextChange(rules, zone, now) };
}

export function OpenBadge({ schedule }: { schedule: Schedule }) {
  const { t } = useWords();
  const { verdict } = useScheduleState(schedule);
  return <Badge dot tone={verdict.open ? "good" : verdict.why === "manual" ? "warn" : "neutral"}>{t(verdict.open ? "hours.open" : "hours.closed")}</Badge>;
}

/** Why it is as it is: the schedule itself is no reason that needs a word. */
export function Because({ schedule }: { schedule: Schedule }) {
  const { t } = useWords();
  const { verdict } = useScheduleState(schedule);
  if (verdict.why === "week") return null;
  return <span>{verdict.why === "exception" ? verdict.name : t(`hours.why_${verdict.why}`)}</span>;
}

/** When it opens or closes next, in the schedule's own zone. */
export function NextChange({ schedule }: { schedule: Schedule }) {
  const { t } = useWords();
  const { change, zone, now, verdict } = useScheduleState(schedule);
  if (verdict.why === "inactive") return <span className="text-muted">{t("hours.why_inactive")}</span>;
  if (!change) return <span className="text-muted">{t(verdict.open ? "hours.stays_open" : "hours.stays_closed")}</span>;
  return <time dateTime={change.at.toISOString()} className="whitespace-nowrap">{t(change.open ? "hours.opens" : "hours.closes", { at: instantIn(change.at, zone, now) })}</time>;
}
