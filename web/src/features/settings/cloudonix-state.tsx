// Whether the carrier knows what stands here, and telling it once more.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CheckCircle2, CircleDashed, Hourglass, RefreshCw, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import type { Job } from "@/api/catalogue";
import { useFollowed } from "@/api/follow";
import { ask, sentenceOf } from "@/api/resources";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { CARRIER } from "./cloudonix-query";
import type { Settings, Shown } from "./cloudonix-values";
import { Progress } from "./jobs";

type SyncState = "unconfigured" | "pending" | "synced" | "failed";
const TONES: Record<SyncState, Tone> = { unconfigured: "neutral", pending: "accent", synced: "good", failed: "bad" };
const ICONS = { unconfigured: CircleDashed, pending: Hourglass, synced: CheckCircle2, failed: TriangleAlert };
const COLOURS = { unconfigured: "text-muted", pending: "text-accent-text", synced: "text-good", failed: "text-bad" };

const syncOf = (settings: Settings | null): SyncState => (settings?.sync_state ?? "unconfigured") as SyncState;
const isOver = (job: { data: Job }) => job.data.state !== "waiting" && job.data.state !== "running";

export function CarrierBadge({ settings }: { settings: Settings | null }) {
  const { t } = useWords("settings");
  const state = syncOf(settings);
  return <Badge dot tone={TONES[state]}>{t(`cloudonix.states.${state}`)}</Badge>;
}

export function CarrierState({ settings }: { settings: Settings | null }) {
  const { t } = useWords("settings");
  const queries = useQueryClient();
  const state = syncOf(settings);
  const [begun, setBegun] = useState<number>();
  const start = useMutation({ mutationFn: async () => (await ask<{ job_id: number }>("post", "settings/cloudonix/provision", { body: {} })).data.job_id });
  const job = useFollowed<{ data: Job }>(begun === undefined ? undefined : `jobs/${begun}`, isOver);
  // Saving leaves a job behind, too, of which only the state tells.
  useFollowed<Shown>(state === "pending" && begun === undefined ? "settings/cloudonix" : undefined, (seen) => {
    const isKnown = seen.settings?.sync_state !== "pending";
    if (isKnown) queries.setQueryData(CARRIER.queryKey, seen);
    return isKnown;
  });
  const jobState = job.data?.data.state;
  useEffect(() => {
    if (job.data && isOver(job.data)) void queries.invalidateQueries({ queryKey: CARRIER.queryKey });
  }, [jobState, queries]);
  const run = () => start.mutateAsync().then(setBegun, () => undefined);
  const Icon = ICONS[state];
  const isBusy = start.isPending || (begun !== undefined && !(job.data && isOver(job.data)) && !job.isError);
  return (
    <section aria-label={t("cloudonix.connection")} className="rounded-2xl border bg-surface p-5 shadow-xs">
      <div className="flex flex-wrap items-start gap-4">
        <Icon className={`size-6 shrink-0 ${COLOURS[state]}`} aria-hidden />
        <div className="min-w-0 grow basis-60">
          <p className="text-[15px] font-semibold">{t(`cloudonix.states_long.${state}`)}</p>
          <p className="mt-0.5 text-muted">
            {settings?.sync_error ?? t(`cloudonix.states_more.${state}`)}
            {settings?.synced_at && <span className="block text-[13px]">{t("cloudonix.synced_at")} <When at={settings.synced_at} relative /></span>}
          </p>
          {settings?.voice_application_name && <p className="mt-1 text-[13px] text-muted">{t("cloudonix.application", { name: settings.voice_application_name })}</p>}
        </div>
        {settings?.is_configured && <Button busy={isBusy} onClick={() => void run()}><RefreshCw aria-hidden />{t("cloudonix.tell_again")}</Button>}
      </div>
      {settings?.circuit === "open" && <Note tone="warn" className="mt-4" title={t("cloudonix.circuit")}>{t("cloudonix.circuit_more")}</Note>}
      {start.isError && <Note tone="bad" className="mt-4">{sentenceOf(start.error, t("failed.network", { ns: "app" }))}</Note>}
      {job.data && (
        <div className="mt-4 flex flex-wrap items-center gap-3 rounded-xl bg-sunken px-4 py-2.5" role="status">
          <span className="font-medium">{t("jobs.kinds.carrier_provision")}</span>
          <span className="text-muted">{t(`jobs.states.${job.data.data.state}`)}</span>
          {job.data.data.state === "running" && job.data.data.progress !== null && <Progress percent={job.data.data.progress} />}
          {job.data.data.last_error && <span className="basis-full text-[13px] text-bad">{job.data.data.last_error}</span>}
        </div>
      )}
    </section>
  );
}
