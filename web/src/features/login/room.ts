// Getting in: sign in, a forgotten password, and a link that sets a new one.

import { LogIn } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "login",
  icon: LogIn,
  screens: [
    { path: "/login", bare: true, load: () => import("./page").then(({ LoginPage }) => LoginPage) },
    { path: "/forgot-password", bare: true, load: () => import("./forgotten").then(({ ForgottenPage }) => ForgottenPage) },
    { path: "/set-password", bare: true, load: () => import("./set-password").then(({ SetPasswordPage }) => SetPasswordPage) },
  ],
};
