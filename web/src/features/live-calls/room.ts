// Live calls: what goes on now, who rings, who talks, and what can be done about it.

import { PhoneCall } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "live-calls",
  icon: PhoneCall,
  screens: [{ path: "/live-calls", load: () => import("./page").then(({ LiveCallsPage }) => LiveCallsPage) }],
};
