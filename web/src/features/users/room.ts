// The people of the company, and what each of them may do.

import { UserRoundCog } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "users",
  icon: UserRoundCog,
  roles: ["owner", "pbx_admin"],
  screens: [
    { path: "/users", load: () => import("./page").then(({ UsersPage }) => UsersPage) },
    { path: "/users/new", makes: "user", load: () => import("./form").then(({ NewUserPage }) => NewUserPage) },
    { path: "/users/$id", load: () => import("./form").then(({ UserPage }) => UserPage) },
  ],
};
