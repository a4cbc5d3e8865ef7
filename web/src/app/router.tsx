// Which address shows which screen, and who is asked to sign in first.

import type { QueryClient } from "@tanstack/react-query";
import { type AnyRoute, createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { Refused } from "@/api/client";
import { ME } from "@/api/session";
import { rooms } from "./rooms";
import type { Screen } from "./feature";
import { Absent, Failed } from "./failed";
import { Shell } from "./shell";
import { Starting } from "./starting";

interface Context {
  queries: QueryClient;
}

/** Where a password that was drawn is exchanged, and a new company set up. */
const FIRST_RUN = "/welcome";

export function makeRouter(queries: QueryClient) {
  const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: Absent, errorComponent: Failed });
  const signedIn = createRoute({
    getParentRoute: () => root,
    id: "signed-in",
    beforeLoad: async ({ context, location }) => {
      const me = await context.queries.ensureQueryData(ME).catch((error: unknown) => {
        if (error instanceof Refused && error.status === 401) throw redirect({ to: "/login", search: { next: location.href } });
        throw error;
      });
      if (me.password_reset_required && location.pathname !== FIRST_RUN) throw redirect({ to: FIRST_RUN });
    },
    component: Outlet,
    errorComponent: Failed,
  });
  const framed = createRoute({ getParentRoute: () => signedIn, id: "framed", component: Shell, errorComponent: Failed });
  const screens = rooms.flatMap((room) => room.screens);
  const open = (screen: Screen) => screen.bare === true && screen.path !== FIRST_RUN;
  const under = (parent: AnyRoute, wanted: Screen[]): AnyRoute[] =>
    wanted.map((screen) =>
      createRoute({
        getParentRoute: () => parent,
        path: screen.path,
        component: lazyRouteComponent(async () => ({ default: await screen.load() })),
        pendingComponent: Starting,
        errorComponent: Failed,
      }),
    );
  const home: AnyRoute = createRoute({
    getParentRoute: () => root,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/dashboard" });
    },
  });
  // Which screens there are is only known when it runs, so the compiler follows no types through the tree.
  const tree: AnyRoute = (root as AnyRoute).addChildren([
    home,
    ...under(root, screens.filter(open)),
    (signedIn as AnyRoute).addChildren([
      (framed as AnyRoute).addChildren(under(framed, screens.filter((screen) => !screen.bare))),
      ...under(signedIn, screens.filter((screen) => screen.bare && !open(screen))),
    ]),
  ]);
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    // Filters stand in the URL as a person would write them, not as JSON.
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const pairs = Object.entries(search as Record<string, unknown>).filter(([, value]) => value !== undefined && value !== null && value !== "");
      const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
      return text ? `?${text}` : "";
    },
  });
}
