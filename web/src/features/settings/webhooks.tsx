// The addresses outside that are told of what happens.

import { Webhook as WebhookIcon } from "lucide-react";
import { type Webhook, webhooks } from "@/api/catalogue";
import { Badge, type Tone } from "@/ui/badge";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { SettingsFrame } from "./frame";

/** How a webhook fares, worst first. */
export function stateOf(webhook: Webhook): "stopped" | "off" | "failing" | "well" {
  if (webhook.stopped_because) return "stopped";
  if (webhook.status !== "active") return "off";
  return webhook.failures > 0 ? "failing" : "well";
}

const TONES: Record<ReturnType<typeof stateOf>, Tone> = { stopped: "bad", off: "neutral", failing: "warn", well: "good" };

export function WebhookState({ webhook }: { webhook: Webhook }) {
  const { t } = useWords("settings");
  const state = stateOf(webhook);
  return <Badge dot tone={TONES[state]}>{t(`hooks.states.${state}`)}</Badge>;
}

export function WebhooksPage() {
  const { t } = useWords("settings");
  const events = (webhook: Webhook) => (Array.isArray(webhook.events) ? (webhook.events as string[]) : []);
  const columns: Column<Webhook>[] = [
    { name: "name", title: t("hooks.name"), sort: "name", cell: (webhook) => webhook.name, text: (webhook) => webhook.name },
    { name: "status", title: t("hooks.state"), sort: "status", cell: (webhook) => <WebhookState webhook={webhook} />, text: (webhook) => stateOf(webhook) },
    { name: "url", title: t("hooks.url"), cell: (webhook) => <span className="block max-w-72 truncate font-mono text-[13px]">{webhook.url}</span>, text: (webhook) => webhook.url },
    { name: "events", title: t("hooks.events"), align: "right", cell: (webhook) => events(webhook).length, text: (webhook) => events(webhook).join(" ") },
    { name: "last_status", title: t("hooks.answered"), cell: (webhook) => <Answer status={webhook.last_status} />, text: (webhook) => webhook.last_status },
    { name: "updated_at", title: t("hooks.changed"), extra: true, sort: "updated_at", cell: (webhook) => <When at={webhook.updated_at} relative />, text: (webhook) => webhook.updated_at },
  ];
  return (
    <SettingsFrame>
      <RecordList
        resource={webhooks}
        title={t("places.webhooks")}
        description={t("places_more.webhooks")}
        columns={columns}
        searchLabel={t("hooks.search")}
        usual={{ sort: "name" }}
        filters={[{ name: "status", label: t("hooks.state"), kind: "choice", options: ["active", "inactive"].map((value) => ({ value, label: t(value, { ns: "app" }) })) }]}
        pathOf={(webhook) => `/settings/webhooks/${webhook.id}`}
        create={{ to: "/settings/webhooks/new", label: t("hooks.new") }}
        empty={{ icon: <WebhookIcon aria-hidden />, title: t("hooks.empty"), more: t("hooks.empty_more") }}
      />
    </SettingsFrame>
  );
}

/** A status of HTTP, coloured by what it means. */
export function Answer({ status }: { status: number | null }) {
  if (status === null) return <span className="text-muted">–</span>;
  return <Badge tone={status < 300 ? "good" : "bad"} className="tabular-nums">{status}</Badge>;
}
