// Phone numbers: what the world dials, and where each leads.

import { PhoneIncoming } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "numbers",
  icon: PhoneIncoming,
  screens: [
    { path: "/numbers", load: () => import("./page").then(({ NumbersPage }) => NumbersPage) },
    { path: "/numbers/new", makes: "number", load: () => import("./form").then(({ NewNumberPage }) => NewNumberPage) },
    { path: "/numbers/import", load: () => import("./import").then(({ ImportPage }) => ImportPage) },
    { path: "/numbers/$id", load: () => import("./form").then(({ NumberPage }) => NumberPage) },
  ],
};
