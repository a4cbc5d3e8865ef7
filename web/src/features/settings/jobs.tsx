// What is done in the background: what waits, what runs and how far it is, and what failed and why.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ban, ListChecks, RefreshCw, RotateCcw } from "lucide-react";
import { type Job, jobs } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { tell } from "@/ui/toast";
import { Tooltip } from "@/ui/tooltip";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { SettingsFrame } from "./frame";

const STATES = ["waiting", "running", "done", "dead", "canceled"] as const;
export const JOB_TONES: Record<Job["state"], Tone> = { waiting: "neutral", running: "accent", done: "good", dead: "bad", canceled: "neutral" };
const KINDS = ["carrier.provision", "carrier.sync", "carrier.push", "carrier.extension", "recording.fetch", "voicemail.mail", "mail.send", "webhooks.deliver", "retention.purge", "attachments.collect"];

export const jobKey = (kind: string) => `jobs.kinds.${kind.replaceAll(".", "_")}`;

export function JobsPage() {
  const { t } = useWords("settings");
  const queries = useQueryClient();
  const again = () => void queries.invalidateQueries({ queryKey: [jobs.model] });
  const columns: Column<Job>[] = [
    { name: "kind", title: t("jobs.kind"), sort: "kind", cell: (job) => t(jobKey(job.kind), job.kind), text: (job) => job.kind },
    { name: "state", title: t("jobs.state"), sort: "state", cell: (job) => <JobState job={job} />, text: (job) => job.state },
    { name: "created_at", title: t("jobs.created"), sort: "created_at", cell: (job) => <When at={job.created_at} relative />, text: (job) => job.created_at },
    { name: "finished_at", title: t("jobs.finished"), sort: "finished_at", cell: (job) => <When at={job.finished_at} relative />, text: (job) => job.finished_at },
    { name: "attempts", title: t("jobs.attempts"), align: "right", cell: (job) => t("jobs.of", { done: job.attempts, most: job.attempts_max }), text: (job) => job.attempts },
    { name: "error", title: t("jobs.error"), cell: (job) => <span className="line-clamp-2 max-w-md text-[13px] text-bad">{job.last_error}</span>, text: (job) => job.last_error },
    { name: "run_at", title: t("jobs.runs"), extra: true, sort: "run_at", cell: (job) => <When at={job.run_at} />, text: (job) => job.run_at },
  ];
  return (
    <SettingsFrame>
      <RecordList
        resource={jobs}
        title={t("places.jobs")}
        description={t("places_more.jobs")}
        actions={<Button onClick={again}><RefreshCw aria-hidden />{t("jobs.again")}</Button>}
        columns={columns}
        usual={{ sort: "created_at", order: "desc" }}
        filters={[
          { name: "state", label: t("jobs.state"), kind: "choice", options: STATES.map((value) => ({ value, label: t(`jobs.states.${value}`) })) },
          { name: "kind", label: t("jobs.kind"), kind: "choice", options: KINDS.map((value) => ({ value, label: t(jobKey(value), value) })) },
        ]}
        rowActions={(job) => <JobActions job={job} />}
        empty={{ icon: <ListChecks aria-hidden />, title: t("jobs.empty"), more: t("jobs.empty_more") }}
      />
    </SettingsFrame>
  );
}

export function JobState({ job }: { job: Job }) {
  const { t } = useWords("settings");
  return (
    <span className="flex items-center gap-2">
      <Badge dot tone={JOB_TONES[job.state]}>{t(`jobs.states.${job.state}`)}</Badge>
      {job.state === "running" && job.progress !== null && <Progress percent={job.progress} />}
    </span>
  );
}

export function Progress({ percent }: { percent: number }) {
  const { t } = useWords("settings");
  return (
    <span className="flex items-center gap-2 text-[13px] text-muted tabular-nums">
      <span role="progressbar" aria-label={t("jobs.progress")} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100} className="h-1.5 w-20 overflow-hidden rounded-full bg-sunken">
        <span className="block h-full rounded-full bg-accent transition-[width]" style={{ width: `${percent}%` }} />
      </span>
      {percent} %
    </span>
  );
}

function JobActions({ job }: { job: Job }) {
  const { t } = useWords("settings");
  const queries = useQueryClient();
  const steer = useMutation({
    mutationFn: (wish: "cancel" | "retry") => ask("post", `jobs/${job.id}/${wish}`),
    onSettled: () => queries.invalidateQueries({ queryKey: [jobs.model] }),
  });
  const run = (wish: "cancel" | "retry") =>
    steer.mutateAsync(wish).then(
      () => tell(t(wish === "cancel" ? "jobs.canceled" : "jobs.retried")),
      (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
    );
  const runs = job.state === "dead" || job.state === "canceled" || job.state === "waiting";
  const ends = job.state === "waiting" || job.state === "running";
  return (
    <span className="flex justify-end gap-1">
      {runs && <Tooltip text={t("jobs.retry")}><Button look="ghost" size="tiny" aria-label={t("jobs.retry")} busy={steer.isPending} onClick={() => void run("retry")}><RotateCcw aria-hidden /></Button></Tooltip>}
      {ends && <Tooltip text={t("jobs.cancel")}><Button look="ghost" size="tiny" aria-label={t("jobs.cancel")} busy={steer.isPending} onClick={() => void run("cancel")}><Ban aria-hidden /></Button></Tooltip>}
    </span>
  );
}
