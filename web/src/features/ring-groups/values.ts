// What the form of a ring group holds, and how the API says the same.

import { z } from "zod";
import type { NewOf, RingGroup } from "@/api/catalogue";
import { type Destination, HANGUP, TARGET_KINDS } from "@/fields/destination";

export const STRATEGIES = ["simultaneous", "sequential", "round_robin", "random"] as const;
export const MEMBERS_MAX = 50;

export const destination = z
  .object({ type: z.enum(TARGET_KINDS), id: z.number().nullable(), to: z.string().nullable() })
  .refine(({ type, id }) => type === "hangup" || type === "forward" || id !== null, { path: ["id"], message: "problems.choose" })
  .refine(({ type, to }) => type !== "forward" || Boolean(to), { path: ["to"], message: "problems.phone" });

export const schema = z.object({
  name: z.string().trim().min(1, "problems.required").max(100, "problems.long"),
  description: z.string().max(1000, "problems.long"),
  strategy: z.enum(STRATEGIES),
  timeout: z.number("problems.number").int("problems.number").min(5, "problems.range").max(300, "problems.range"),
  ring_turns: z.number("problems.number").int("problems.number").min(1, "problems.range").max(9, "problems.range"),
  members: z.array(z.object({ extension_id: z.number() })).min(1, "ring-groups:no_members").max(MEMBERS_MAX, "ring-groups:many_members"),
  fallback: destination,
  status: z.enum(["active", "inactive"]),
});
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = { name: "", description: "", strategy: "simultaneous", timeout: 30, ring_turns: 2, members: [], fallback: HANGUP, status: "active" };

export function toValues(group: RingGroup): Values {
  return {
    name: group.name,
    description: group.description ?? "",
    strategy: group.strategy,
    timeout: group.timeout,
    ring_turns: group.ring_turns,
    members: [...group.members].sort((a, b) => a.priority - b.priority).map(({ extension_id }) => ({ extension_id })),
    fallback: fallbackIn(group),
    status: group.status,
  };
}

/** The fields in which the API takes the fallback's record, by its kind. */
const TARGETS = {
  extension: "fallback_extension_id",
  ring_group: "fallback_ring_group_id",
  ivr_menu: "fallback_ivr_menu_id",
  business_hours: "fallback_business_hours_id",
  conference_room: "fallback_conference_room_id",
  assistant: "fallback_assistant_id",
  voicemail: "fallback_voicemail_id",
} as const;

function fallbackIn(group: RingGroup): Destination {
  const { fallback_action: action, fallback_ai_assistant_id: standIn } = group;
  // An extension that stands for an AI assistant is an extension here, and chosen as such.
  if (action === "ai_assistant" && standIn !== null) return { type: "extension", id: standIn, to: null };
  const type = action === "ai_assistant" ? "assistant" : action;
  const field = TARGETS[type as keyof typeof TARGETS];
  return { type, id: field ? group[field] : null, to: group.fallback_forward_to };
}

export function toBody({ fallback, members, description, ...values }: Values): NewOf<"/api/v1/ring-groups"> {
  return { ...values, description: description || null, members: members.map(({ extension_id }, at) => ({ extension_id, priority: at + 1 })), ...fallbackOf(fallback) };
}

function fallbackOf({ type, id, to }: Destination) {
  const field = TARGETS[type as keyof typeof TARGETS];
  const action: RingGroup["fallback_action"] = type === "assistant" ? "ai_assistant" : type;
  return { fallback_action: action, ...(field && { [field]: id }), ...(type === "forward" && { fallback_forward_to: to }) };
}

/** The form's fields for those of the API. */
export const NAMES: Record<string, string> = {
  ...Object.fromEntries(Object.values(TARGETS).map((field) => [field, "fallback.id"])),
  fallback_action: "fallback.type",
  fallback_forward_to: "fallback.to",
};
