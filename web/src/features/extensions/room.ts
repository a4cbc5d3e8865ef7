// Extensions: people's telephones, and short numbers for anything else that takes calls.

import { Phone } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "extensions",
  icon: Phone,
  screens: [
    { path: "/extensions", load: () => import("./page").then(({ ExtensionsPage }) => ExtensionsPage) },
    { path: "/extensions/new", makes: "extension", load: () => import("./form").then(({ NewExtensionPage }) => NewExtensionPage) },
    { path: "/extensions/sync", load: () => import("./sync").then(({ SyncPage }) => SyncPage) },
    { path: "/extensions/$id", load: () => import("./form").then(({ ExtensionPage }) => ExtensionPage) },
  ],
};
