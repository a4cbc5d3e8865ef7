// Ring groups: several telephones that ring for one call.

import { UsersRound } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "ring-groups",
  icon: UsersRound,
  roles: ["owner", "pbx_admin", "reporter"],
  screens: [
    { path: "/ring-groups", load: () => import("./page").then(({ RingGroupsPage }) => RingGroupsPage) },
    { path: "/ring-groups/new", makes: "ring_group", load: () => import("./form").then(({ NewRingGroupPage }) => NewRingGroupPage) },
    { path: "/ring-groups/$id", load: () => import("./form").then(({ RingGroupPage }) => RingGroupPage) },
  ],
};
