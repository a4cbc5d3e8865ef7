// Call history: every call, and of each what happened, how it sounded, and why it went where it did.

import { History } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "call-history",
  icon: History,
  screens: [
    { path: "/call-history", load: () => import("./page").then(({ CallHistoryPage }) => CallHistoryPage) },
    { path: "/call-history/$id", load: () => import("./call").then(({ CallPage }) => CallPage) },
  ],
};
