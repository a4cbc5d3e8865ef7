// The dashboard: how the telephones of the company stand now, and what the calls of some days come to.

import { LayoutDashboard } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "dashboard",
  icon: LayoutDashboard,
  screens: [{ path: "/dashboard", load: () => import("./page").then(({ DashboardPage }) => DashboardPage) }],
};
