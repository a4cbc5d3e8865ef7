// A call that was, as the room of tested calls is asked for the same one: who called, when, what was pressed, who answered.

import { wallTime } from "@/format/zones";
import type { Whole } from "./legs";

/** What legs came to, in the words of that room. */
const ANSWERS: Record<string, string> = { answered: "yes", busy: "busy", failed: "fails" };

export function sameCall(call: Pick<Whole, "from_number" | "to_number" | "direction" | "initiated_at" | "legs" | "timeline">, zone: string): Record<string, string | undefined> {
  const keys = call.timeline.filter(({ kind }) => kind === "keys_pressed").map(({ detail }) => (Array.isArray(detail) ? detail.join("") : ""));
  const answers = call.legs.flatMap(({ target, status }) => (ANSWERS[status] ? [`${target}:${ANSWERS[status]}`] : []));
  return {
    from: call.from_number ?? undefined,
    to: call.to_number ?? undefined,
    direction: call.direction === "inbound" ? "inbound" : "subscriber",
    at: wallTime(new Date(call.initiated_at), zone),
    zone,
    keys: keys.length > 0 ? keys.join(",") : undefined,
    answers: answers.length > 0 ? [...new Set(answers)].join(",") : undefined,
  };
}
