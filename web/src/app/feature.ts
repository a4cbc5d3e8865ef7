// What a room tells of itself, so that it can be found, linked to and loaded when somebody enters.

import type { LucideIcon } from "lucide-react";
import type { ComponentType } from "react";
import type { Role } from "@/api/session";

export interface Screen {
  /** From the root: `/ring-groups/$id`. */
  path: string;
  load: () => Promise<ComponentType>;
  /** Without the frame around it: for people who are not signed in yet, or for one thing at a time. */
  bare?: boolean;
  /** What is made there, as the catalogue names it under `kinds`: the command palette offers it. */
  makes?: string;
}

export interface Room {
  /** The name of its folder, of its words, and of its first path. */
  name: string;
  icon: LucideIcon;
  /** Who may see it; everybody without. */
  roles?: readonly Role[];
  screens: readonly Screen[];
}
