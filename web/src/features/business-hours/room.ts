// Business hours: when a company is open, and where calls go then and else.

import { Clock } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "business-hours",
  icon: Clock,
  screens: [
    { path: "/business-hours", load: () => import("./page").then(({ BusinessHoursPage }) => BusinessHoursPage) },
    { path: "/business-hours/new", makes: "business_hours", load: () => import("./form").then(({ NewSchedulePage }) => NewSchedulePage) },
    { path: "/business-hours/$id", load: () => import("./form").then(({ SchedulePage }) => SchedulePage) },
  ],
};
