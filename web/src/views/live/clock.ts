// Seconds that run: all timers of a page tick together, by the server's clock.

import { useSyncExternalStore } from "react";

/** How far this device's clock is behind the server's. */
let behindMs = 0;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

/** Takes over the time of an answer's `Date`, which knows whole seconds. */
export function setClock(date: string | null): void {
  const told = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(told)) return;
  const difference = told + 500 - Date.now();
  // Within the rounding and the way of the answer, both clocks are right.
  behindMs = Math.abs(difference) < 2_000 ? 0 : difference;
}

function subscribe(watcher: () => void) {
  watchers.add(watcher);
  now = Date.now() + behindMs;
  timer ??= setInterval(() => {
    now = Date.now() + behindMs;
    for (const one of watchers) one();
  }, 1_000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The server's time, each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** Whole seconds since an instant. */
export function secondsSince(at: string, now: number): number {
  return Math.max(0, Math.floor((now - new Date(at).getTime()) / 1_000));
}
