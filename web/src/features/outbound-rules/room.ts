// Outbound rules: which numbers outside may be called, and by which trunks.

import { PhoneOutgoing } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "outbound-rules",
  icon: PhoneOutgoing,
  roles: ["owner", "pbx_admin", "reporter"],
  screens: [
    { path: "/outbound-rules", load: () => import("./page").then(({ OutboundRulesPage }) => OutboundRulesPage) },
    { path: "/outbound-rules/new", makes: "outbound_rule", load: () => import("./form").then(({ NewOutboundRulePage }) => NewOutboundRulePage) },
    { path: "/outbound-rules/$id", load: () => import("./form").then(({ OutboundRulePage }) => OutboundRulePage) },
  ],
};
