// Open or closed in a word, why, and until when.

import type { Schedule } from "@/api/catalogue";
import { instantIn } from "@/format";
import { offsetName } from "@/format/zones";
import { Badge } from "@/ui/badge";
import { useWords } from "@/words";
import { useCompanyZone, useZone } from "../when";
import { nextChange, rulesOf, verdictAt } from "./status";
import { useNow } from "./use-now";

export function useScheduleState(schedule: Schedule) {
  const company = useCompanyZone();
  const now = useNow();
  const zone = schedule.timezone ?? company;
  const rules = rulesOf(schedule);
  return { zone, now, verdict: verdictAt(rules, zone, now), change: nextChange(rules, zone, now) };
}

/** Tells moments by the clock of a schedule. Where the viewer's own shows another time, the zone is named and that time stands in brackets. */
export function useScheduleClock(zone: string, now: Date) {
  const { t } = useWords();
  const own = useZone();
  const isOther = (at: Date) => offsetName(at, zone) !== offsetName(at, own);
  const named = zone.replaceAll("_", " ");
  const told = (at: Date) => (isOther(at) ? t("hours.there", { at: instantIn(at, zone, now), zone: named, own: instantIn(at, own, now) }) : instantIn(at, zone, now));
  return { isOther, told, named };
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

/** When it opens or closes next. */
export function NextChange({ schedule }: { schedule: Schedule }) {
  const { t } = useWords();
  const { change, zone, now, verdict } = useScheduleState(schedule);
  const { isOther, told } = useScheduleClock(zone, now);
  if (verdict.why === "inactive") return <span className="text-muted">{t("hours.why_inactive")}</span>;
  if (!change) return <span className="text-muted">{t(verdict.open ? "hours.stays_open" : "hours.stays_closed")}</span>;
  return <time dateTime={change.at.toISOString()} className={isOther(change.at) ? undefined : "whitespace-nowrap"}>{t(change.open ? "hours.opens" : "hours.closes", { at: told(change.at) })}</time>;
}
