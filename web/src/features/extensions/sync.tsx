// Extensions here beside those of the carrier: what differs is shown first, then both sides are brought together.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDownToLine, ArrowUpFromLine, CheckCircle2, RefreshCw, ToggleLeft } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { type AnswerOf, extensions } from "@/api/catalogue";
import { useLiveEvents } from "@/api/live";
import { ask, sentenceOf } from "@/api/resources";
import { useRole } from "@/api/session";
import type { paths } from "@/api/schema";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/dialog";
import { Empty, Note, Skeleton } from "@/ui/panel";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { Differences } from "./differences";

type Comparison = AnswerOf<"/api/v1/extensions/sync/compare">;
type Synced = paths["/api/v1/extensions/sync"]["post"]["responses"][200]["content"]["application/json"];

/** The carrier is asked again only once the last of many changes is a moment old: it answers few questions. */
const SETTLED_MS = 3000;
const KEY = ["extensions-at-carrier"];

function useComparison() {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const hear = useCallback(
    (event: string, told: Record<string, unknown>) => {
      if (!event.startsWith("record") || told["model"] !== extensions.model) return;
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void queries.invalidateQueries({ queryKey: KEY }), SETTLED_MS);
    },
    [queries],
  );
  useLiveEvents(hear);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useQuery({ queryKey: KEY, queryFn: async ({ signal }) => (await ask<Comparison>("get", "extensions/sync/compare", { signal })).data });
}

export function SyncPage() {
  const { t } = useWords("extensions");
  const { is } = useRole();
  const comparison = useComparison();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const sync = useMutation({
    mutationFn: async () => (await ask<Synced>("post", "extensions/sync")).data,
    onSettled: () => {
      setAsking(false);
      return Promise.all([queries.invalidateQueries({ queryKey: KEY }), queries.invalidateQueries({ queryKey: [extensions.model] })]);
    },
  });
  const found = comparison.data;
  const network = t("failed.network", { ns: "app" });
  return (
    <>
      <PageHead
        title={t("sync_title")}
        description={t("sync_about")}
        back={{ to: "/extensions", label: t("title") }}
        actions={
          <>
            <Button onClick={() => void comparison.refetch()} busy={comparison.isFetching}>{!comparison.isFetching && <RefreshCw aria-hidden />}{t("compare_again")}</Button>
            {is("owner", "pbx_admin") && found?.needs_sync && <Button look="primary" onClick={() => setAsking(true)} busy={sync.isPending}>{t("sync_now")}</Button>}
          </>
        }
      />
      <div className="space-y-4">
        {comparison.isError && <Note tone="bad" title={t("not_compared")}>{sentenceOf(comparison.error, network)}</Note>}
        {sync.isError && <Note tone="bad" title={t("not_synced")}>{sentenceOf(sync.error, network)}</Note>}
        {sync.data && <Result synced={sync.data} />}
        {comparison.isPending && <Waiting />}
        {found?.error !== undefined && (
          <Note tone="warn" title={t("not_compared")} actions={is("owner") && <Button asChild size="small"><Link to="/settings/cloudonix">{t("to_settings")}</Link></Button>}>{found.error}</Note>
        )}
        {found && found.error === undefined && <Found found={found} />}
      </div>
      <Confirm open={asking} onOpenChange={setAsking} title={t("sync_question")} cancel={t("cancel", { ns: "app" })} confirm={t("sync_now")} busy={sync.isPending} onConfirm={() => sync.mutate()}>
        {found && <Plan found={found} />}
      </Confirm>
    </>
  );
}

/** What would be done, in sentences. */
function Plan({ found }: { found: Comparison }) {
  const { t } = useWords("extensions");
  const told = found.local_only.length + found.untold.length;
  return (
    <ul className="list-disc space-y-1 pl-5">
      {told > 0 && <li>{t("plan_told", { count: told })}</li>}
      {found.cloudonix_only.length > 0 && <li>{t("plan_made", { count: found.cloudonix_only.length })}</li>}
      {found.status_differs.length > 0 && <li>{t("plan_switched", { count: found.status_differs.length })}</li>}
    </ul>
  );
}

function Result({ synced }: { synced: Synced }) {
  const { t } = useWords("extensions");
  const { result } = synced;
  if (!result) return <Note tone="accent" title={t("sync_started")}>{t("sync_started_more")}</Note>;
  const failed = result.to_cloudonix.failed + result.from_cloudonix.failed + result.status_sync.failed;
  return (
    <Note tone={failed > 0 ? "warn" : "good"} title={t(failed > 0 ? "sync_partly" : "sync_done")}>
      <ul>
        <li>{t("done_told", { count: result.to_cloudonix.created })}</li>
        <li>{t("done_made", { count: result.from_cloudonix.created })}</li>
        <li>{t("done_switched", { count: result.status_sync.updated })}</li>
        {failed > 0 && <li className="font-medium">{t("done_failed", { count: failed })}</li>}
      </ul>
    </Note>
  );
}

function Found({ found }: { found: Comparison }) {
  const { t } = useWords("extensions");
  return (
    <>
      {!found.needs_sync && (
        <div className="rounded-2xl border bg-surface shadow-xs">
          <Empty icon={<CheckCircle2 aria-hidden />} title={t("in_step")}>{t("in_step_more", { count: found.synced.length })}</Empty>
        </div>
      )}
      <Differences icon={ArrowUpFromLine} title={t("local_only")} more={t("local_only_more")} rows={found.local_only} />
      <Differences icon={RefreshCw} title={t("untold")} more={t("untold_more")} rows={found.untold} />
      <Differences icon={ArrowDownToLine} title={t("cloudonix_only")} more={t("cloudonix_only_more")} rows={found.cloudonix_only} />
      <Differences icon={ToggleLeft} title={t("status_differs")} more={t("status_differs_more")} rows={found.status_differs} there />
      {found.needs_sync && <Differences icon={CheckCircle2} title={t("both")} more={t("both_more")} rows={found.synced.filter((row) => ![...found.untold, ...found.status_differs].some((other) => other.extension_number === row.extension_number))} folded />}
    </>
  );
}

function Waiting() {
  return (
    <div className="space-y-3 rounded-2xl border bg-surface p-5" aria-busy>
      {[1, 2, 3, 4].map((row) => <Skeleton key={row} className="h-5 w-full" />)}
    </div>
  );
}
