// What is done to all chosen rows at once, and what came of it.

import { useState } from "react";
import { type BulkAnswer, type Resource, sentenceOf, useBulk } from "@/api/resources";
import { Button } from "@/ui/button";
import { Confirm, Dialog } from "@/ui/dialog";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";

export type BulkDeed = "activate" | "deactivate" | "delete";
const REVERSE: Partial<Record<BulkDeed, BulkDeed>> = { activate: "deactivate", deactivate: "activate" };

interface BulkBarProps<View extends { id: number }> {
  resource: Resource<View>;
  deeds: readonly BulkDeed[];
  ids: ReadonlySet<number>;
  rows: readonly View[];
  onDone: () => void;
}

export function BulkBar<View extends { id: number }>({ resource, deeds, ids, rows, onDone }: BulkBarProps<View>) {
  const { t } = useWords();
  const bulk = useBulk(resource);
  const [asking, setAsking] = useState(false);
  const [failures, setFailures] = useState<BulkAnswer["data"]>([]);
  const titleOf = (id: number) => {
    const row = rows.find((one) => one.id === id);
    return row ? resource.title(row) : String(id);
  };
  const run = async (action: BulkDeed, chosen: number[]) => {
    try {
      const answer = await bulk.mutateAsync({ action, ids: chosen });
      const done = answer.data.filter((row) => row.result === "done").map((row) => row.id);
      const reverse = REVERSE[action];
      // Only what was really changed is changed back.
      const undo = reverse && done.length > 0 ? { label: t("undo"), run: () => void run(reverse, done) } : undefined;
      tell(t(`bulk.${action}_done`, { count: answer.meta.done }), { action: undo });
      setFailures(answer.data.filter((row) => row.result === "failed"));
      if (answer.meta.failed === 0) onDone();
    } catch (error) {
      tell(sentenceOf(error, t("failed.network")), { tone: "bad" });
    }
    setAsking(false);
  };
  return (
    <div role="region" aria-label={t("bulk.region")} className="sticky bottom-4 z-10 mx-auto mt-4 flex w-fit max-w-full flex-wrap items-center gap-2 rounded-2xl border bg-raised px-4 py-2.5 shadow-float animate-rise">
      <span className="mr-2 font-medium">{t("bulk.chosen", { count: ids.size })}</span>
      {deeds.map((deed) => (
        <Button key={deed} size="small" look={deed === "delete" ? "danger" : "plain"} busy={bulk.isPending && bulk.variables.action === deed} onClick={() => (deed === "delete" ? setAsking(true) : void run(deed, [...ids]))}>
          {t(`bulk.${deed}`)}
        </Button>
      ))}
      <Button size="small" look="ghost" onClick={onDone}>{t("bulk.none")}</Button>
      <Confirm open={asking} onOpenChange={setAsking} title={t("bulk.delete_title", { count: ids.size })} cancel={t("cancel")} confirm={t("bulk.delete")} danger busy={bulk.isPending} onConfirm={() => void run("delete", [...ids])}>
        {t("bulk.delete_more")}
      </Confirm>
      <Dialog open={failures.length > 0} onOpenChange={() => setFailures([])} title={t("bulk.failed", { count: failures.length })} closeLabel={t("close")}>
        <ul className="space-y-2">
          {failures.map((row) => <li key={row.id}><span className="font-medium">{titleOf(row.id)}</span><p className="text-muted">{row.problem?.message}</p></li>)}
        </ul>
      </Dialog>
    </div>
  );
}
