// What an extension does now, and whether the carrier knows it as it is: each in one word.

import type { Extension } from "@/api/catalogue";
import { Badge, type Tone } from "@/ui/badge";
import { Tooltip } from "@/ui/tooltip";
import { useWords } from "@/words";
import type { State } from "./states";

const STATE_TONES: Record<State, Tone> = { idle: "neutral", ringing: "warn", busy: "accent", do_not_disturb: "bad" };

export function StateBadge({ state }: { state: State | undefined }) {
  const { t } = useWords("extensions");
  if (!state) return <span className="text-muted">–</span>;
  return <Badge dot tone={STATE_TONES[state]}>{t(`states.${state}`)}</Badge>;
}

export const SYNC_STATES = ["unconfigured", "pending", "synced", "failed"] as const;
export type SyncState = (typeof SYNC_STATES)[number];
const SYNC_TONES: Record<SyncState, Tone> = { unconfigured: "neutral", pending: "warn", synced: "good", failed: "bad" };

export function syncStateOf(extension: Pick<Extension, "sync_state">): SyncState {
  return SYNC_STATES.find((state) => state === extension.sync_state) ?? "unconfigured";
}

export function SyncBadge({ extension }: { extension: Extension }) {
  const { t } = useWords("extensions");
  const state = syncStateOf(extension);
  return (
    <Tooltip text={extension.sync_error ?? t(`sync_states_more.${state}`)}>
      <span tabIndex={0} className="rounded-full"><Badge tone={SYNC_TONES[state]}>{t(`sync_states.${state}`)}</Badge></span>
    </Tooltip>
  );
}
