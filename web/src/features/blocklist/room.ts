// The blocklist: callers who are turned away.

import { PhoneOff } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "blocklist",
  icon: PhoneOff,
  roles: ["owner", "pbx_admin", "reporter"],
  screens: [
    { path: "/blocklist", load: () => import("./page").then(({ BlocklistPage }) => BlocklistPage) },
    { path: "/blocklist/new", makes: "blocked_caller", load: () => import("./form").then(({ NewBlockedCallerPage }) => NewBlockedCallerPage) },
    { path: "/blocklist/$id", load: () => import("./form").then(({ BlockedCallerPage }) => BlockedCallerPage) },
  ],
};
