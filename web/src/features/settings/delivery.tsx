// One telling of one event: what was sent, what was answered, and sending it once more.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Repeat } from "lucide-react";
import { type AnswerOf, webhooks } from "@/api/catalogue";
import { useFollowed } from "@/api/follow";
import { ask, sentenceOf, useRecord } from "@/api/resources";
import { Button } from "@/ui/button";
import { Note, Panel, Skeleton } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { CopyButton } from "@/views/copyable";
import { PageHead } from "@/views/page-head";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { DELIVERIES, DeliveryState, eventName } from "./deliveries";
import { Facts } from "./facts";
import { SettingsFrame } from "./frame";
import { Answer } from "./webhooks";

type Shown = AnswerOf<"/api/v1/webhook-deliveries/{id}">;

export function DeliveryPage() {
  const { t } = useWords("settings");
  const { id, delivery: number } = useParams({ strict: false }) as { id: string; delivery: string };
  const go = useNavigate();
  const queries = useQueryClient();
  const webhook = useRecord(webhooks, Number(id)).data?.view;
  // One that was just sent is answered in a moment.
  const asked = useFollowed<Shown>(`webhook-deliveries/${number}`, ({ data }) => data.state !== "waiting");
  const delivery = asked.data?.data;
  const replay = useMutation({
    mutationFn: async () => (await ask<{ delivery_id: number }>("post", `webhook-deliveries/${number}/replay`, { body: {} })).data.delivery_id,
    onSuccess: () => queries.invalidateQueries({ queryKey: [DELIVERIES] }),
  });
  const again = () =>
    replay.mutateAsync().then(
      (next) => {
        tell(t("deliveries.replayed"));
        return go({ to: `/settings/webhooks/${id}/deliveries/${next}` });
      },
      (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
    );
  return (
    <SettingsFrame isInner>
      <PageHead
        title={delivery ? t(eventName(delivery.event), delivery.event) : "…"}
        back={{ to: `/settings/webhooks/${id}/deliveries`, label: webhook ? `${webhook.name}: ${t("deliveries.title")}` : t("deliveries.title") }}
        badge={delivery && <DeliveryState state={delivery.state} />}
        actions={delivery && <Button busy={replay.isPending} onClick={() => void again()}><Repeat aria-hidden />{t("deliveries.replay")}</Button>}
      />
      {asked.isPending && <Skeleton className="h-64 rounded-2xl" />}
      {asked.isError && <Note tone="bad">{sentenceOf(asked.error, t("failed.network", { ns: "app" }))}</Note>}
      {delivery && (
        <div className="space-y-5">
          <Panel>
            <Facts
              facts={[
                { name: t("deliveries.at"), value: <When at={delivery.at} /> },
                { name: t("deliveries.status"), value: <Answer status={delivery.status} /> },
                { name: t("deliveries.took"), value: delivery.duration_ms === null ? "–" : `${delivery.duration_ms} ms` },
                { name: t("deliveries.attempts"), value: delivery.attempts },
                delivery.next_attempt_at && { name: t("deliveries.next"), value: <When at={delivery.next_attempt_at} /> },
                { name: t("deliveries.id"), value: <code className="text-[13px] break-all">{delivery.event_id}</code> },
              ]}
            />
            {delivery.error && <Note tone={delivery.state === "dead" ? "bad" : "warn"} className="mt-4">{delivery.error}</Note>}
          </Panel>
          <div className="grid gap-5 2xl:grid-cols-2">
            <Code title={t("deliveries.request")} more={webhook && `POST ${webhook.url}`} text={JSON.stringify(delivery.payload, null, 2)} />
            <Code title={t("deliveries.response")} more={t("deliveries.response_more")} text={delivery.response ?? ""} none={t("deliveries.no_response")} />
          </div>
        </div>
      )}
    </SettingsFrame>
  );
}

function Code({ title, more, text, none }: { title: string; more?: string; text: string; none?: string }) {
  return (
    <Panel title={title} description={more && <span className="break-all">{more}</span>} actions={text && <CopyButton text={text} label={title} />}>
      {text ? <pre tabIndex={0} role="region" aria-label={title} className="max-h-96 overflow-auto rounded-lg bg-sunken p-3 font-mono text-[13px] leading-relaxed">{text}</pre> : <p className="text-muted">{none}</p>}
    </Panel>
  );
}
