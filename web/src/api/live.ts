// The live channel: what happens in the company while it happens. It comes back by itself and then catches up.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { ask } from "./resources";

export type LiveState = "connecting" | "live" | "away";
type Handler = (event: string, data: Record<string, unknown>) => void;

/** As `opbx serve` is set by default; a page of its own server need not know another. */
const KEY = "opbx";
/** Answers of lists are asked again at most this often while events pour in. */
const REFRESH_MS = 250;

let state: LiveState = "connecting";
const watchers = new Set<() => void>();
const handlers = new Set<Handler>();
let stop: (() => void) | undefined;
let position: string | undefined;

function become(next: LiveState) {
  if (state === next) return;
  state = next;
  for (const watcher of watchers) watcher();
}

export function useLiveState(): LiveState {
  return useSyncExternalStore((watcher) => { watchers.add(watcher); return () => watchers.delete(watcher); }, () => state);
}

/** Hears every event of the company, for as long as the component stands. */
export function useLiveEvents(handler: Handler): void {
  useEffect(() => {
    handlers.add(handler);
    return () => { handlers.delete(handler); };
  }, [handler]);
}

/** Asks again what is kept under a key when calls changed, and at most this often. */
export function useCallsRefresh(queryKey: readonly unknown[], everyMs: number): void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const key = useRef(queryKey);
  key.current = queryKey;
  useEffect(() => () => clearTimeout(timer.current), []);
  useLiveEvents(
    useCallback(
      (event: string) => {
        if (!event.startsWith("call.") || timer.current !== undefined) return;
        timer.current = setTimeout(() => {
          timer.current = undefined;
          void queries.invalidateQueries({ queryKey: key.current });
        }, everyMs);
      },
      [queries, everyMs],
    ),
  );
}

/** Connects the one socket of this page. The library is loaded only now: nobody waits for it to see the page. */
export async function connectLive(organization: number, queries: QueryClient): Promise<void> {
  stop?.();
  let given = false;
  stop = () => { given = true; };
  const { default: Pusher } = await import("pusher-js");
  if (given) return;
  const secure = location.protocol === "https:";
  const port = Number(location.port || (secure ? 443 : 80));
  const pusher = new Pusher(KEY, {
    cluster: "opbx", wsHost: location.hostname, wsPort: port, wssPort: port, forceTLS: secure, enabledTransports: ["ws"], enableStats: false,
    channelAuthorization: {
      transport: "ajax", endpoint: "/api/v1/broadcasting/auth",
      customHandler: ({ socketId, channelName }, done) => {
        ask<{ auth: string }>("post", "broadcasting/auth", { body: { socket_id: socketId, channel_name: channelName } })
          .then(({ data }) => done(null, data), (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), null));
      },
    },
  });
  stop = () => { pusher.disconnect(); become("connecting"); };
  const refresh = refresher(queries);
  pusher.connection.bind("state_change", ({ current }: { current: string }) => become(current === "connected" ? state : current === "connecting" ? "connecting" : "away"));
  const channel = pusher.subscribe(`private-org.${organization}`);
  channel.bind("pusher:subscription_succeeded", () => become("live"));
  channel.bind("pusher:subscription_error", () => become("away"));
  channel.bind_global((event: string, data: unknown) => {
    if (event.startsWith("pusher:") || typeof data !== "object" || data === null) return;
    const told = data as Record<string, unknown>;
    if (event === "live.position") {
      // Anything else than where this page was: something was missed, and everything that is shown is asked again.
      const at = `${told["epoch"]} ${told["seq"]}`;
      if (position !== undefined && position !== at) void queries.invalidateQueries();
      position = at;
    } else if (told["seq"] !== undefined) {
      position = `${told["epoch"]} ${told["seq"]}`;
    }
    if (event.startsWith("record") && typeof told["model"] === "string") refresh(told["model"]);
    for (const handler of handlers) handler(event, told);
  });
}

export function disconnectLive(): void {
  stop?.();
  stop = undefined;
  position = undefined;
}

/** Asks again what is shown of a model, soon and once. */
function refresher(queries: QueryClient): (model: string) => void {
  const due = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (model) => {
    due.add(model);
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const one of due) void queries.invalidateQueries({ queryKey: [one] });
      due.clear();
    }, REFRESH_MS);
  };
}
