// Calls that are only thought through, and those of them that are run again when the configuration changes.

import { FlaskConical } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "test-a-call",
  icon: FlaskConical,
  roles: ["owner", "pbx_admin", "reporter"],
  screens: [
    { path: "/test-a-call", load: () => import("./page").then(({ TestPage }) => TestPage) },
    { path: "/test-a-call/checks", load: () => import("./checks").then(({ ChecksPage }) => ChecksPage) },
    { path: "/test-a-call/checks/new", makes: "call_check", load: () => import("./check-form").then(({ NewCheckPage }) => NewCheckPage) },
    { path: "/test-a-call/checks/$id", load: () => import("./check-form").then(({ CheckPage }) => CheckPage) },
  ],
};
