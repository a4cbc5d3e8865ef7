// What a webhook was told, and what became of each telling.

import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { RefreshCw, Send } from "lucide-react";
import { type RowOf, webhooks } from "@/api/catalogue";
import { type Resource, useRecord } from "@/api/resources";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { PageHead } from "@/views/page-head";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { SettingsFrame } from "./frame";
import { EVENT_GROUPS } from "./webhook-values";
import { Answer, WebhookState } from "./webhooks";

export type Delivery = RowOf<"/api/v1/webhooks/{id}/deliveries">;
export const DELIVERIES = "ir.webhook.delivery";
const STATES = ["waiting", "delivered", "failed", "dead"] as const;
const TONES: Record<string, Tone> = { waiting: "accent", delivered: "good", failed: "warn", dead: "bad" };

export function DeliveryState({ state }: { state: string }) {
  const { t } = useWords("settings");
  return <Badge dot tone={TONES[state] ?? "neutral"}>{t(`deliveries.states.${state}`, state)}</Badge>;
}

export const eventName = (event: string) => `hooks.of.${event.replaceAll(".", "_")}`;

export function DeliveriesPage() {
  const { t } = useWords("settings");
  const { id } = useParams({ strict: false }) as { id: string };
  const queries = useQueryClient();
  const webhook = useRecord(webhooks, Number(id)).data?.view;
  const resource: Resource<Delivery> = { path: `webhooks/${id}/deliveries`, model: DELIVERIES, title: (delivery) => `${delivery.event} ${delivery.id}` };
  const columns: Column<Delivery>[] = [
    { name: "event", title: t("deliveries.event"), cell: (delivery) => t(eventName(delivery.event), delivery.event), text: (delivery) => delivery.event },
    { name: "state", title: t("deliveries.state"), cell: (delivery) => <DeliveryState state={delivery.state} />, text: (delivery) => delivery.state },
    { name: "at", title: t("deliveries.at"), sort: "id", cell: (delivery) => <When at={delivery.at} relative />, text: (delivery) => delivery.at },
    { name: "status", title: t("deliveries.status"), cell: (delivery) => <Answer status={delivery.status} />, text: (delivery) => delivery.status },
    { name: "duration", title: t("deliveries.took"), align: "right", cell: (delivery) => (delivery.duration_ms === null ? "–" : `${delivery.duration_ms} ms`), text: (delivery) => delivery.duration_ms },
    { name: "attempts", title: t("deliveries.attempts"), align: "right", cell: (delivery) => delivery.attempts, text: (delivery) => delivery.attempts },
    { name: "error", title: t("deliveries.error"), cell: (delivery) => <span className="line-clamp-1 max-w-72 text-[13px] text-bad">{delivery.error}</span>, text: (delivery) => delivery.error },
    { name: "next", title: t("deliveries.next"), extra: true, cell: (delivery) => <When at={delivery.next_attempt_at} relative />, text: (delivery) => delivery.next_attempt_at },
    { name: "event_id", title: t("deliveries.id"), extra: true, cell: (delivery) => <code className="text-xs">{delivery.event_id}</code>, text: (delivery) => delivery.event_id },
  ];
  return (
    <SettingsFrame isInner>
      <PageHead
        title={t("deliveries.title")}
        description={t("deliveries.about")}
        back={{ to: `/settings/webhooks/${id}`, label: webhook?.name ?? t("places.webhooks") }}
        badge={webhook && <WebhookState webhook={webhook} />}
        actions={<Button onClick={() => void queries.invalidateQueries({ queryKey: [DELIVERIES] })}><RefreshCw aria-hidden />{t("jobs.again")}</Button>}
      />
      <RecordList
        headless
        resource={resource}
        title={t("deliveries.title")}
        columns={columns}
        usual={{ sort: "id", order: "desc" }}
        filters={[
          { name: "state", label: t("deliveries.state"), kind: "choice", options: STATES.map((value) => ({ value, label: t(`deliveries.states.${value}`) })) },
          { name: "event", label: t("deliveries.event"), kind: "choice", options: [...EVENT_GROUPS.flatMap(({ events }) => [...events]), "test"].map((value) => ({ value, label: t(eventName(value), value) })) },
        ]}
        pathOf={(delivery) => `/settings/webhooks/${id}/deliveries/${delivery.id}`}
        empty={{ icon: <Send aria-hidden />, title: t("deliveries.empty"), more: t("deliveries.empty_more") }}
      />
    </SettingsFrame>
  );
}
