// Who changed a record, when, and from what to what.

import { useInfiniteQuery } from "@tanstack/react-query";
import { ask } from "@/api/resources";
import type { AuditEntry } from "@/api/catalogue";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Sheet } from "@/ui/dialog";
import { Empty, Note, Skeleton } from "@/ui/panel";
import { useWords } from "@/words";
import { When } from "../when";
import { type FieldWords, Value } from "./value";

const TONES: Record<string, Tone> = { create: "good", update: "accent", delete: "bad", reveal: "warn" };

interface HistoryProps extends FieldWords {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  model: string;
  id: number;
  title: string;
}

export function History({ open, onOpenChange, model, id, title, ...words }: HistoryProps) {
  const { t } = useWords();
  const entries = useInfiniteQuery({
    queryKey: [model, "history", id],
    queryFn: async ({ pageParam, signal }) =>
      (await ask<{ data: AuditEntry[]; meta: { last_page: number } }>("get", "audit-log", { params: { model, record_id: id, page: pageParam, per_page: 25 }, signal })).data,
    initialPageParam: 1,
    getNextPageParam: (last, all) => (all.length < last.meta.last_page ? all.length + 1 : undefined),
    enabled: open,
  });
  const rows = entries.data?.pages.flatMap((page) => page.data);
  return (
    <Sheet open={open} onOpenChange={onOpenChange} title={t("history.of", { name: title })} closeLabel={t("close")}>
      {entries.isPending && <div className="space-y-3"><Skeleton className="h-16" /><Skeleton className="h-16" /></div>}
      {entries.isError && <Note tone="bad">{t("failed.network")}</Note>}
      {rows?.length === 0 && <Empty title={t("history.none")} />}
      <ol className="space-y-4">
        {rows?.map((entry) => (
          <li key={entry.id} className="rounded-xl border p-3">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <Badge tone={TONES[entry.deed] ?? "neutral"}>{t(`history.${entry.deed}`)}</Badge>
              <span className="font-medium">{entry.actor}</span>
              <span className="ml-auto text-[13px] text-muted"><When at={entry.at} /></span>
            </div>
            <Changes changes={entry.changes} words={words} />
          </li>
        ))}
      </ol>
      {entries.hasNextPage && <Button className="mt-4 w-full" busy={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>{t("history.older")}</Button>}
    </Sheet>
  );
}

function Changes({ changes, words }: { changes: unknown; words: FieldWords }) {
  if (typeof changes !== "object" || changes === null) return null;
  return (
    <dl className="mt-2 space-y-1 text-[13px]">
      {Object.entries(changes).map(([name, change]) => {
        const [before, after] = Array.isArray(change) ? change : [undefined, change];
        return (
          <div key={name} className="grid grid-cols-[8rem_minmax(0,1fr)] gap-2">
            <dt className="truncate text-muted">{words.fieldName(name)}</dt>
            <dd className="break-words">
              {before !== undefined && before !== null && <del className="mr-1.5 text-muted"><Value name={name} value={before} words={words} /></del>}
              <ins className="no-underline"><Value name={name} value={after} words={words} /></ins>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
