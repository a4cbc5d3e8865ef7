// The live channel: what happens in the company while it happens. It comes back by itself and then catches up.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import type Pusher from "pusher-js";
import type { Channel } from "pusher-js";
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { callChecks, calls, voicemailBoxes, voicemailMessages } from "./catalogue";
import { ask } from "./resources";
import { sessionEnded, useSessionOver } from "./session";

export type LiveState = "connecting" | "live" | "away";
type Handler = (event: string, data: Record<string, unknown>) => void;

/** As `opbx serve` is set by default; a page of its own server need not know another. */
const KEY = "opbx";
/** Answers of lists are asked again at most this often while events pour in. */
const REFRESH_MS = 250;
/** With this code a socket is closed whose session is over; the library tries no more then. */
const SESSION_OVER = 4009;
/** The pauses before a refused subscription is tried again; the last one stays. */
const PAUSES_MS = [1_000, 2_000, 5_000, 15_000, 30_000] as const;

let state: LiveState = "connecting";
const watchers = new Set<() => void>();
const handlers = new Set<Handler>();
let stop: (() => void) | undefined;
/** Where in the events of an organisation this page is. It outlasts a connection, so that the next one knows what was missed. */
let heard: { organization: number; at: string } | undefined;

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

/** Keeps the page connected for as long as somebody is signed in: when the session is over it ends, and when there is one again it begins anew. */
export function useLive(organization: number): void {
  const queries = useQueryClient();
  const over = useSessionOver();
  useEffect(() => {
    if (over) return undefined;
    void connect(organization, queries);
    return () => stop?.();
  }, [organization, queries, over]);
}

/** Connects the one socket of this page. The library is loaded only now: nobody waits for it to see the page. */
async function connect(organization: number, queries: QueryClient): Promise<void> {
  stop?.();
  become("connecting");
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
  pusher.connection.bind("state_change", ({ current }: { current: string }) => become(current === "connected" ? state : current === "connecting" ? "connecting" : "away"));
  pusher.connection.bind("error", ({ data }: { data?: { code?: number } }) => { if (data?.code === SESSION_OVER) sessionEnded(true); });
  const channel = pusher.subscribe(`private-org.${organization}`);
  const giveUp = keepSubscribed(pusher, channel);
  stop = () => { giveUp(); pusher.disconnect(); };
  const refresh = refresher(queries);
  channel.bind_global((event: string, data: unknown) => {
    if (event.startsWith("pusher:") || typeof data !== "object" || data === null) return;
    const told = data as Record<string, unknown>;
    const at = `${told["epoch"]} ${told["seq"]}`;
    // Anything else than where this page was: something was missed, and everything that is shown is asked again.
    if (event === "live.position" && heard?.organization === organization && heard.at !== at) void queries.invalidateQueries();
    if (told["seq"] !== undefined) heard = { organization, at };
    if (event.startsWith("record") && typeof told["model"] === "string") refresh(told["model"]);
    // What is shown keeps its own pace; what was shown before is asked again when somebody comes back to it.
    for (const kept of outdatedBy(event)) void queries.invalidateQueries({ queryKey: [kept], refetchType: "none" });
    for (const handler of handlers) handler(event, told);
  });
}

/** Subscribes again where it was refused, as by a server that has much to do. Ends with what is returned. */
function keepSubscribed(pusher: Pusher, channel: Channel): () => void {
  let refusals = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = () => {
    // The library takes what the server refused for pending, and what it ended for subscribed.
    channel.disconnect();
    pusher.subscribe(channel.name);
  };
  channel.bind("pusher:subscription_succeeded", () => {
    clearTimeout(timer);
    refusals = 0;
    become("live");
  });
  channel.bind("pusher:subscription_error", () => {
    clearTimeout(timer);
    timer = setTimeout(again, PAUSES_MS[refusals] ?? PAUSES_MS.at(-1));
    refusals += 1;
    become("away");
  });
  return () => clearTimeout(timer);
}

/** What is told of something else than records, and the beginnings of the keys of answers that it makes old. */
const OUTDATED: Record<string, readonly string[]> = {
  "recording.ready": [calls.model, "pbx.call.recording"],
  "voicemail.left": [voicemailMessages.model, voicemailBoxes.model],
  "call_checks.run": [callChecks.model],
};

function outdatedBy(event: string): readonly string[] {
  return event.startsWith("call.") ? [calls.model, "dashboard"] : (OUTDATED[event] ?? []);
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
