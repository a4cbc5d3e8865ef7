// The pages of the settings, and who finds something there.

import { Building2, Cable, Disc, FileCode, History, Hourglass, KeyRound, ListChecks, Mail, ShieldCheck, Webhook } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import type { Role } from "@/api/session";

export interface Place {
  name: string;
  icon: LucideIcon;
  /** Everybody without. */
  roles?: readonly Role[];
}

const ADMINS = ["owner", "pbx_admin"] as const;
const OWNERS = ["owner"] as const;

export const GROUPS: readonly { name: string; places: readonly Place[] }[] = [
  {
    name: "telephone",
    places: [
      { name: "company", icon: Building2, roles: ADMINS },
      { name: "cloudonix", icon: Cable, roles: OWNERS },
      { name: "recording", icon: Disc, roles: ADMINS },
      { name: "security", icon: ShieldCheck, roles: ADMINS },
    ],
  },
  {
    name: "programs",
    places: [
      { name: "api-keys", icon: KeyRound },
      { name: "webhooks", icon: Webhook, roles: ADMINS },
      { name: "mail", icon: Mail, roles: OWNERS },
      { name: "configuration", icon: FileCode, roles: OWNERS },
    ],
  },
  {
    name: "record",
    places: [
      { name: "audit-log", icon: History, roles: ADMINS },
      { name: "jobs", icon: ListChecks, roles: ADMINS },
      { name: "retention", icon: Hourglass, roles: ADMINS },
    ],
  },
];
