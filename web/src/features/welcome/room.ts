// The first run: from a password that was drawn to a first call.

import { Rocket } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "welcome",
  icon: Rocket,
  screens: [{ path: "/welcome", bare: true, load: () => import("./page").then(({ WelcomePage }) => WelcomePage) }],
};
