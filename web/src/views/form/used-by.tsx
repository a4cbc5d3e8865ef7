// What refers to a record: asked before it is deleted, and shown beside what much depends on.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { AnswerOf } from "@/api/catalogue";
import { ask, type Resource } from "@/api/resources";
import { Panel, Skeleton } from "@/ui/panel";
import { useWords } from "@/words";
import { hasRoom, roomOfKind } from "../kinds";

type References = AnswerOf<"/api/v1/references/{kind}/{id}">;
type Reference = References["data"][number];

export function useReferences<View extends { id: number }>(resource: Resource<View>, kind: string, id: number, enabled = true) {
  return useQuery({
    queryKey: [resource.model, "references", id],
    queryFn: async ({ signal }) => (await ask<References>("get", `references/${kind}/${id}`, { signal })).data.data,
    enabled,
    staleTime: 0,
    retry: false,
  });
}

export function ReferenceList({ references }: { references: readonly Reference[] }) {
  const { t } = useWords();
  return (
    <ul className="space-y-1">
      {references.map((one) => (
        <li key={`${one.kind}.${one.id}.${one.field}`}>
          {hasRoom(one.kind) ? <Link to={roomOfKind(one.kind, one.id)} className="font-medium text-accent-text hover:underline">{one.title}</Link> : <span className="font-medium text-ink">{one.title}</span>}
          <span className="ml-2 text-muted">{t(`kinds.${one.kind}`, one.kind)}</span>
        </li>
      ))}
    </ul>
  );
}

export function UsedBy<View extends { id: number }>({ resource, kind, id, nothing }: { resource: Resource<View>; kind: string; id: number; nothing: string }) {
  const { t } = useWords();
  const references = useReferences(resource, kind, id);
  return (
    <Panel title={t("used_by.title")}>
      {references.isPending && <Skeleton className="h-5 w-40" />}
      {references.isError && <p className="text-muted">{t("used_by.failed")}</p>}
      {references.data?.length === 0 && <p className="text-muted">{nothing}</p>}
      {references.data && references.data.length > 0 && <ReferenceList references={references.data} />}
    </Panel>
  );
}
