// One's own page: who one is, one's telephone, and how one gets in.

import { UserRound } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "profile",
  icon: UserRound,
  screens: [
    { path: "/profile", load: () => import("./page").then(({ ProfilePage }) => ProfilePage) },
    { path: "/profile/telephone", load: () => import("./telephone").then(({ TelephonePage }) => TelephonePage) },
    { path: "/profile/security", load: () => import("./security").then(({ SecurityPage }) => SecurityPage) },
  ],
};
