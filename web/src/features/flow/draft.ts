// A menu while it is drawn anew: its keys and where each leads, and the drawing that comes of it.

import { z } from "zod";
import type { ChangeOf, IvrMenu } from "@/api/catalogue";
import { type Destination, HANGUP, type TargetKind } from "@/fields/destination";
import { exitId, type Flow, type FlowNode, partFrom } from "@/views/flow/graph";

export const KEYS_MAX = 20;
export const KEY_PATTERN = /^[0-9*]{1,10}$/;

export interface DraftKey {
  keys: string;
  to: Destination;
  description: string | null;
}

export interface Draft {
  keys: DraftKey[];
  /** Where calls go when nothing is chosen. */
  failover: Destination;
}

export const destination = z
  .object({ type: z.string(), id: z.number().nullable(), to: z.string().nullable() })
  .refine(({ type, id }) => type === "hangup" || type === "forward" || id !== null, { message: "problems.choose" })
  .refine(({ type, to }) => type !== "forward" || Boolean(to), { message: "problems.phone" });

export function draftOf(menu: IvrMenu): Draft {
  return {
    keys: [...menu.options].sort((a, b) => a.priority - b.priority).map((option) => ({ keys: option.input_digits, to: destinationOf(option.destination), description: option.description })),
    failover: destinationOf(menu.failover_destination),
  };
}

function destinationOf({ type, id, to }: IvrMenu["failover_destination"]): Destination {
  return { type: (type ?? "hangup") as TargetKind, id, to };
}

export function bodyOf({ keys, failover }: Draft): ChangeOf<"/api/v1/ivr-menus/{id}"> {
  return {
    options: keys.map((key, at) => ({ input_digits: key.keys, destination_type: key.to.type, destination_id: key.to.id, destination_forward_to: key.to.to, description: key.description, priority: at + 1 })),
    failover_destination_type: failover.type,
    failover_destination_id: failover.id,
    failover_forward_to: failover.to,
  };
}

/** What is wrong, by the place of the key; `failover` for the way of those who choose nothing. `menu` is the menu's own id. */
export function problemsOf({ keys, failover }: Draft, menu?: number): Map<number | "failover", string> {
  const problems = new Map<number | "failover", string>();
  const isItself = (to: Destination) => to.type === "ivr_menu" && to.id !== null && to.id === menu;
  for (const [at, key] of keys.entries()) {
    const led = destination.safeParse(key.to);
    if (!KEY_PATTERN.test(key.keys)) problems.set(at, "flow:bad_key");
    else if (keys.findIndex((other) => other.keys === key.keys) < at) problems.set(at, "flow:double_key");
    else if (!led.success) problems.set(at, led.error.issues[0]?.message ?? "problems.choose");
    else if (isItself(key.to)) problems.set(at, "flow:to_itself");
  }
  const led = destination.safeParse(failover);
  if (!led.success) problems.set("failover", led.error.issues[0]?.message ?? "problems.choose");
  else if (isItself(failover)) problems.set("failover", "flow:to_itself");
  return problems;
}

/** The first key of a telephone that is not in use. */
export function freeKey({ keys }: Draft): string {
  return [..."1234567890*"].find((key) => keys.every((used) => used.keys !== key)) ?? "";
}

export function added(draft: Draft): Draft {
  return { ...draft, keys: [...draft.keys, { keys: freeKey(draft), to: HANGUP, description: null }] };
}

/** Leads an exit, by its name on the drawing, elsewhere. */
export function led(draft: Draft, exit: string, to: Destination): Draft {
  if (exit === "no_choice") return { ...draft, failover: to };
  return { ...draft, keys: draft.keys.map((key) => (exitOf(key) === exit ? { ...key, to } : key)) };
}

export function without(draft: Draft, exit: string): Draft {
  return { ...draft, keys: draft.keys.filter((key) => exitOf(key) !== exit) };
}

function exitOf(key: DraftKey): string {
  return exitId({ when: "keys", keys: key.keys });
}

/** What a box is as a destination; none for what nothing may lead to. */
export function destinationAt(node: FlowNode): Destination | undefined {
  if (node.kind === "hangup") return HANGUP;
  if (node.kind === "forward") return { type: "forward", id: null, to: node.label };
  if (node.kind === "phone_number" || node.missing || node.record_id === null) return undefined;
  return { type: node.kind, id: node.record_id, to: null };
}

function isAt(node: FlowNode, to: Destination): boolean {
  if (to.type === "hangup") return node.kind === "hangup";
  return node.kind === to.type && (to.type === "forward" ? node.label === to.to : node.record_id === to.id);
}

/** The drawing as it will be: what keys newly lead to comes with all that follows from it, as far as that is known. */
export function drafted(flow: Flow, whole: Flow | undefined, menu: string, draft: Draft, nameOf: (to: Destination) => string): Flow {
  const nodes = new Map(flow.nodes.map((node) => [node.id, node]));
  const edges = flow.edges.filter((edge) => edge.from !== menu);
  const find = (to: Destination): string => {
    const drawn = [...nodes.values()].find((node) => isAt(node, to));
    if (drawn) return drawn.id;
    const known = whole?.nodes.find((node) => isAt(node, to));
    if (known && whole) {
      const part = partFrom(whole, known.id);
      for (const edge of part.edges) if (!nodes.has(edge.from)) edges.push(edge);
      for (const node of part.nodes) if (!nodes.has(node.id)) nodes.set(node.id, node);
      return known.id;
    }
    const id = `new ${to.type} ${to.id ?? to.to ?? ""}`;
    if (destination.safeParse(to).success) nodes.set(id, { id, kind: to.type, record_id: to.id, label: nameOf(to), active: true, missing: false, rings: [], reachable: true, time: null, problems: [] });
    return id;
  };
  const ways: Flow["edges"] = [];
  for (const key of draft.keys) {
    if (ways.every((way) => way.keys !== key.keys)) ways.push({ from: menu, to: find(key.to), when: "keys", keys: key.keys, says: "" });
  }
  ways.push({ from: menu, to: find(draft.failover), when: "no_choice", keys: null, says: "" });
  return { ...flow, nodes: [...nodes.values()], edges: [...edges, ...ways] };
}

/** The draft by what each key does, so that two drafts can be compared key by key. */
export function byKey({ keys, failover }: Draft): Record<string, unknown> {
  return { ...Object.fromEntries(keys.map((key) => [`key ${key.keys}`, { to: key.to, description: key.description }])), failover: { to: failover } };
}

/** The draft that such a comparison comes to: what is null is a key no more. */
export function ofKeys(values: Record<string, unknown>): Draft {
  const entries = Object.entries(values).filter(([name, value]) => name.startsWith("key ") && value !== null) as [string, Omit<DraftKey, "keys">][];
  return { keys: entries.map(([name, value]) => ({ ...value, keys: name.slice(4) })), failover: (values["failover"] as { to: Destination }).to };
}
