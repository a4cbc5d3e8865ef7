// IVR menus: what callers hear, and where each key leads.

import { ListTree } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "ivr-menus",
  icon: ListTree,
  screens: [
    { path: "/ivr-menus", load: () => import("./page").then(({ IvrMenusPage }) => IvrMenusPage) },
    { path: "/ivr-menus/new", makes: "ivr_menu", load: () => import("./form").then(({ NewMenuPage }) => NewMenuPage) },
    { path: "/ivr-menus/$id", load: () => import("./form").then(({ MenuPage }) => MenuPage) },
  ],
};
