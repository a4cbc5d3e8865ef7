// The trunks that the carrier itself has, so that rules can be written for them.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import type { AnswerOf } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Note, Panel, Skeleton } from "@/ui/panel";
import { useWords } from "@/words";

type Seen = AnswerOf<"/api/v1/settings/cloudonix/outbound-trunks">;

export function Trunks() {
  const { t } = useWords("settings");
  const seen = useQuery({ queryKey: ["pbx.cloudonix_settings", "trunks"], queryFn: async ({ signal }) => (await ask<Seen>("get", "settings/cloudonix/outbound-trunks", { signal })).data, retry: false });
  const trunks = seen.data?.trunks;
  return (
    <Panel
      flush={Boolean(trunks?.length)}
      title={t("cloudonix.trunks")}
      description={t("cloudonix.trunks_more")}
      actions={
        <>
          <Button asChild size="small"><Link to="/trunks">{t("cloudonix.own_trunks")}</Link></Button>
          <Button size="small" busy={seen.isFetching} onClick={() => void seen.refetch()}><RefreshCw aria-hidden />{t("cloudonix.look_again")}</Button>
        </>
      }
    >
      {seen.isPending && <Skeleton className="h-16" />}
      {seen.isError && <Note tone="warn">{sentenceOf(seen.error, t("failed.network", { ns: "app" }))}</Note>}
      {trunks?.length === 0 && <p className="text-muted">{t("cloudonix.no_trunks")}</p>}
      {trunks && trunks.length > 0 && (
        <ul className="divide-y">
          {trunks.map((trunk) => (
            <li key={trunk.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3">
              <span className="min-w-0 grow font-medium">{trunk.name}</span>
              <span className="font-mono text-[13px] text-muted">{[trunk.ip && `${trunk.ip}${trunk.port ? `:${trunk.port}` : ""}`, trunk.transport, trunk.prefix && `+ ${trunk.prefix}`].filter(Boolean).join(" · ")}</span>
              <Badge>{t(`cloudonix.directions.${trunk.direction}`, trunk.direction)}</Badge>
              <Badge dot tone={trunk.active ? "good" : "neutral"}>{t(trunk.active ? "active" : "inactive", { ns: "app" })}</Badge>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
