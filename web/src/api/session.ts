// Who is signed in: by the browser's cookie, which no script can read.

import { queryOptions, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { answered, createClient, Refused } from "./client";
import type { components } from "./schema";

export type Me = components["schemas"]["SelfView"];

/** What the server calls the roles of its users. */
export const ROLES = ["owner", "pbx_admin", "pbx_user", "reporter"] as const;
export type Role = (typeof ROLES)[number];

export const client = createClient({ identity: { cookies: true }, baseUrl: globalThis.location?.origin ?? "/" });

export const ME = queryOptions({
  queryKey: ["me"],
  queryFn: async () => (await answered(client.GET("/api/v1/auth/me"))).user,
  staleTime: 60_000,
  retry: (failures, error) => !(error instanceof Refused) && failures < 2,
});

export function useMe(): Me {
  return useSuspenseQuery(ME).data;
}

/** Whether the rights of the one who is signed in include what these roles may. The server decides; this spares a vain try. */
export function useRole(): { role: Role | null; is: (...roles: Role[]) => boolean } {
  const role = (useMe().role ?? null) as Role | null;
  return { role, is: (...roles) => role !== null && roles.includes(role) };
}

export function useSignIn() {
  const queries = useQueryClient();
  return async (email: string, password: string) => {
    const before = queries.getQueryData(ME.queryKey);
    await answered(client.POST("/api/v1/auth/login", { params: { header: { "X-Auth-Mode": "cookie" } }, body: { email, password } }));
    const me = await queries.fetchQuery({ ...ME, staleTime: 0 });
    // What somebody else saw is not shown to the next.
    if (before && before.id !== me.id) queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
    sessionEnded(false);
    return me;
  };
}

export function useSignOut() {
  const queries = useQueryClient();
  return async () => {
    leaving = true;
    await client.POST("/api/v1/auth/logout").catch((error: unknown) => {
      leaving = false;
      throw error;
    });
    queries.clear();
    // A whole new page keeps nothing of the old session, in no variable.
    location.assign("/login");
  };
}

let ended = false;
/** Whoever leaves by will is not asked to sign in again. */
let leaving = false;
const listeners = new Set<() => void>();

/** Says that something was refused because the session is over, or that there is one again. */
export function sessionEnded(over: boolean): void {
  if (ended === over || leaving) return;
  ended = over;
  for (const listener of listeners) listener();
}

/** Whether the session is over, until somebody signs in again. */
export function useSessionOver(): boolean {
  return useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener); }, () => ended);
}

client.use({
  onResponse({ response, schemaPath }) {
    // Before anybody signed in, and when a password is tried, a refusal is an answer and no end.
    if (response.status === 401 && !schemaPath.startsWith("/api/v1/auth/")) sessionEnded(true);
    return undefined;
  },
});
