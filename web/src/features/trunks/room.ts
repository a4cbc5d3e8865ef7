// Trunks: the lines by which calls leave.

import { Cable } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "trunks",
  icon: Cable,
  roles: ["owner", "pbx_admin", "reporter"],
  screens: [
    { path: "/trunks", load: () => import("./page").then(({ TrunksPage }) => TrunksPage) },
    { path: "/trunks/new", makes: "trunk", load: () => import("./form").then(({ NewTrunkPage }) => NewTrunkPage) },
    { path: "/trunks/$id", load: () => import("./form").then(({ TrunkPage }) => TrunkPage) },
  ],
};
