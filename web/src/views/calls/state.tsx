// What state a call is in, and which way it goes: one word and one colour for each, wherever calls are shown.

import { ArrowLeftRight, PhoneIncoming, PhoneMissed, PhoneOutgoing } from "lucide-react";
import type { Call } from "@/api/catalogue";
import { Badge, type Tone } from "@/ui/badge";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";

export type CallState = Call["status"];
export type Direction = Call["direction"];

export const CALL_STATES = ["initiated", "ringing", "answered", "completed", "no_answer", "busy", "canceled", "failed"] as const satisfies readonly CallState[];
export const DIRECTIONS = ["inbound", "outbound", "internal"] as const satisfies readonly Direction[];
/** As the server counts them. */
export const ANSWERED: readonly CallState[] = ["answered", "completed"];
export const MISSED: readonly CallState[] = ["no_answer", "busy", "canceled", "failed"];

const TONES: Record<string, Tone> = {
  initiated: "neutral",
  ringing: "accent",
  answered: "good",
  completed: "good",
  no_answer: "warn",
  busy: "warn",
  canceled: "neutral",
  failed: "bad",
};

export function toneOf(state: string): Tone {
  return TONES[state] ?? "neutral";
}

export function StateBadge({ state }: { state: string }) {
  const { t } = useWords();
  return <Badge dot tone={toneOf(state)}>{t(`calls.states.${state}`, state)}</Badge>;
}

const ICONS = { inbound: PhoneIncoming, outbound: PhoneOutgoing, internal: ArrowLeftRight };

/** The way of a call; in the colour of loss where nobody came to it from outside. */
export function DirectionIcon({ direction, state, className }: { direction: Direction; state?: string; className?: string }) {
  const { t } = useWords();
  const isMissed = direction === "inbound" && MISSED.includes(state as CallState);
  const Icon = isMissed ? PhoneMissed : ICONS[direction];
  return <Icon role="img" aria-label={t(`calls.directions.${direction}`)} className={classes("size-4 shrink-0", isMissed ? "text-warn" : "text-muted", className)} />;
}
