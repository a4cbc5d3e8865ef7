// Short words at the edge of the page: what was done, and how to take it back.

import { CheckCircle2, X, XCircle } from "lucide-react";
import { Toast as Base } from "radix-ui";
import { useSyncExternalStore } from "react";
import { Button } from "./button";

export interface Toast {
  id: number;
  tone: "good" | "bad";
  text: string;
  action?: { label: string; run: () => void };
}

/** More than these at once would be read by nobody. */
const TOASTS_MAX = 4;
const SHOWN_MS = 6000;

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

export function tell(text: string, options: { tone?: Toast["tone"]; action?: Toast["action"] } = {}): void {
  last += 1;
  change([...toasts, { id: last, text, tone: options.tone ?? "good", action: options.action }].slice(-TOASTS_MAX));
}

function close(id: number) {
  change(toasts.filter((toast) => toast.id !== id));
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts({ label, closeLabel }: { label: string; closeLabel: string }) {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <Base.Provider duration={SHOWN_MS} label={label} swipeDirection="right">
      {shown.map((toast) => (
        <Base.Root key={toast.id} onOpenChange={(open) => !open && close(toast.id)} type={toast.tone === "bad" ? "foreground" : "background"} className="flex items-center gap-3 rounded-xl border bg-raised py-2.5 pr-2 pl-4 shadow-float animate-rise">
          {toast.tone === "bad" ? <XCircle className="size-4 shrink-0 text-bad" aria-hidden /> : <CheckCircle2 className="size-4 shrink-0 text-good" aria-hidden />}
          <Base.Description className="min-w-0 grow">{toast.text}</Base.Description>
          {toast.action && (
            <Base.Action asChild altText={toast.action.label}>
              <Button look="soft" size="small" onClick={toast.action.run}>
                {toast.action.label}
              </Button>
            </Base.Action>
          )}
          <Base.Close asChild>
            <Button look="ghost" size="tiny" aria-label={closeLabel}>
              <X aria-hidden />
            </Button>
          </Base.Close>
        </Base.Root>
      ))}
      <Base.Viewport className="fixed right-0 bottom-0 z-60 flex w-full max-w-md flex-col gap-2 p-4 outline-none" />
    </Base.Provider>
  );
}
