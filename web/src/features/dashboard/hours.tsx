// Whether the company is open, schedule by schedule, and the switch that wins over each.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { businessHours, type Schedule } from "@/api/catalogue";
import { answered } from "@/api/client";
import { sentenceOf, useList } from "@/api/resources";
import { client, useRole } from "@/api/session";
import { Badge } from "@/ui/badge";
import { Panel, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/tabs";
import { tell } from "@/ui/toast";
import { When } from "@/views/when";
import { useWords } from "@/words";

const STATES = ["none", "open", "closed"] as const;
type State = (typeof STATES)[number];
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
  const { t } = useWords("dashboard");
  const { is } = useRole();
  const queries = useQueryClient();
  const set = useMutation({
    mutationFn: ({ state, until }: { state: State; until: string | null }) => answered(client.PUT("/api/v1/business-hours/{id}/override", { params: { path: { id: schedule.id } }, body: { state, until } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [businessHours.model] }),
    onError: (error) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
  });
  const isOpen = schedule.current_status === "open";
  const held = schedule.override as State;
  const choose = (state: State) => {
    const before = { state: held, until: schedule.override_until };
    set.mutate({ state, until: null }, { onSuccess: () => tell(t(`override_done.${state}`, { name: schedule.name }), { action: { label: t("undo", { ns: "app" }), run: () => set.mutate(before) } }) });
  };
  return (
    <li>
      <div className="flex items-center gap-3">
        <Link to={`/business-hours/${schedule.id}`} className="min-w-0 grow truncate font-medium hover:text-accent-text">{schedule.name}</Link>
        <Badge dot tone={isOpen ? "good" : schedule.current_status === "closed" ? "neutral" : "warn"}>{t(`hours_states.${schedule.current_status}`, schedule.current_status)}</Badge>
      </div>
      {is("owner", "pbx_admin") && (
        <div className="mt-2.5" aria-busy={set.isPending}>
          <Segments label={t("override", { name: schedule.name })} value={held} onValue={(next) => choose(next as State)} options={STATES.map((value) => ({ value, label: t(`overrides.${value}`) }))} />
        </div>
      )}
      {held !== "none" && <p className="mt-1.5 text-[13px] text-muted">{schedule.override_until ? <>{t("held_until")} <When at={schedule.override_until} /></> : t("held")}</p>}
    </li>
  );
}
