// Settings: the company and its carrier, who and what may come in from outside, and what was done.

import { Settings } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "settings",
  icon: Settings,
  roles: ["owner", "pbx_admin"],
  screens: [
    { path: "/settings", load: () => import("./page").then(({ SettingsPage }) => SettingsPage) },
    { path: "/settings/company", load: () => import("./company").then(({ CompanyPage }) => CompanyPage) },
    { path: "/settings/cloudonix", load: () => import("./cloudonix").then(({ CloudonixPage }) => CloudonixPage) },
    { path: "/settings/recording", load: () => import("./recording").then(({ RecordingPage }) => RecordingPage) },
    { path: "/settings/retention", load: () => import("./retention").then(({ RetentionPage }) => RetentionPage) },
    { path: "/settings/security", load: () => import("./security").then(({ SecurityPage }) => SecurityPage) },
    { path: "/settings/mail", load: () => import("./mail").then(({ MailPage }) => MailPage) },
    { path: "/settings/api-keys", load: () => import("./api-keys").then(({ ApiKeysPage }) => ApiKeysPage) },
    { path: "/settings/webhooks", load: () => import("./webhooks").then(({ WebhooksPage }) => WebhooksPage) },
    { path: "/settings/webhooks/new", makes: "webhook", load: () => import("./webhook").then(({ NewWebhookPage }) => NewWebhookPage) },
    { path: "/settings/webhooks/$id", load: () => import("./webhook").then(({ WebhookPage }) => WebhookPage) },
    { path: "/settings/webhooks/$id/deliveries", load: () => import("./deliveries").then(({ DeliveriesPage }) => DeliveriesPage) },
    { path: "/settings/webhooks/$id/deliveries/$delivery", load: () => import("./delivery").then(({ DeliveryPage }) => DeliveryPage) },
    { path: "/settings/audit-log", load: () => import("./audit-log").then(({ AuditLogPage }) => AuditLogPage) },
    { path: "/settings/audit-log/$id", load: () => import("./audit-entry").then(({ AuditEntryPage }) => AuditEntryPage) },
    { path: "/settings/jobs", load: () => import("./jobs").then(({ JobsPage }) => JobsPage) },
    { path: "/settings/configuration", load: () => import("./configuration").then(({ ConfigurationPage }) => ConfigurationPage) },
  ],
};
