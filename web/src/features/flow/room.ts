// The flow view: all ways that calls can take, drawn, and menus drawn anew.

import { Waypoints } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "flow",
  icon: Waypoints,
  roles: ["owner", "pbx_admin", "reporter"],
  screens: [{ path: "/flow", load: () => import("./page").then(({ FlowPage }) => FlowPage) }],
};
