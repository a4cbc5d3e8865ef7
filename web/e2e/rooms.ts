// The rooms of the app as somebody sees them: what is photographed, and what is held to be usable by everybody.

import type { Page } from "@playwright/test";
import type { Carrier } from "./carrier";
import type { Rest } from "./rest";

export interface Scene {
  page: Page;
  carrier: Carrier;
  rest: Rest;
}

export interface Shown {
  /** As the pictures are called. */
  name: string;
  /** Where it is; what depends on records is asked of the API. */
  path: string | ((scene: Scene) => Promise<string>);
  /** What is done there before it is looked at. */
  prepare?: (scene: Scene) => Promise<void>;
  /** Before somebody is signed in. */
  open?: true;
  /** Whether the README shows it, and in which light. */
  readme?: "light" | "dark";
}

/** The address of the first record of a resource. */
export const first = (path: string, resource = path) => async ({ rest }: Scene) => `${path}/${(await rest.get(`${resource}?per_page=1`)).data[0].id}`;

/** Each room adds its screens here: the list, a form, and what else looks like nothing before it. */
export const ROOMS: Shown[] = [
  { name: "login", path: "/login", open: true },
  { name: "forgotten-password", path: "/forgot-password", open: true },
  { name: "ring-groups", path: "/ring-groups" },
  { name: "ring-group", path: first("/ring-groups") },
  { name: "ring-group-new", path: "/ring-groups/new" },
];
