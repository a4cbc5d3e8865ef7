// Voicemail: the messages that were left, and the boxes that take them.

import { Voicemail } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "voicemail",
  icon: Voicemail,
  roles: ["owner", "pbx_admin", "pbx_user"],
  screens: [
    { path: "/voicemail", load: () => import("./messages").then(({ MessagesPage }) => MessagesPage) },
    { path: "/voicemail/boxes", load: () => import("./boxes").then(({ BoxesPage }) => BoxesPage) },
    { path: "/voicemail/new", makes: "voicemail", load: () => import("./box").then(({ NewBoxPage }) => NewBoxPage) },
    { path: "/voicemail/$id", load: () => import("./box").then(({ BoxPage }) => BoxPage) },
  ],
};
