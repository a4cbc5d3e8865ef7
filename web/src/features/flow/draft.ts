// A menu while it is drawn anew: its keys and where each leads, and the drawing that comes of it.

import type { ChangeOf, IvrMenu } from "@/api/catalogue";
import { type Destination, HANGUP } from "@/fields/destination";
import { destinationOf, destinationValue } from "@/fields/destination-values";
import { exitId, type Flow, type FlowNode, partFrom } from "@/views/flow/graph";
import { DIGITS, type MenuKey, optionsOf, UNCHOSEN } from "@/views/menus/keys";

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

/** The exit of a menu by which calls go on when nothing is chosen. */
const NO_CHOICE = "no_choice";

export function draftOf(menu: IvrMenu): Draft {
  return {
    keys: [...menu.options].sort((a, b) => a.priority - b.priority).map((option) => ({ keys: option.input_digits, to: destinationOf(option.destination), description: option.description })),
    failover: destinationOf(menu.failover_destination),
  };
}

export function menuKeys({ keys }: Draft): MenuKey[] {
  return keys.map(({ keys: digits, to, description }) => ({ digits, destination: to, description }));
}

/** `numbers` are those of the extensions that keys lead to. */
export function bodyOf(draft: Draft, numbers: ReadonlyMap<number, string>): ChangeOf<"/api/v1/ivr-menus/{id}"> {
  const { failover } = draft;
  return {
    options: optionsOf(menuKeys(draft), numbers),
    failover_destination_type: failover.type,
    failover_destination_id: failover.id,
    failover_forward_to: failover.to,
  };
}

/** What is wrong, by the place of the key; `failover` for the way of those who choose nothing. `menu` is the menu's own id. */
export function problemsOf({ keys, failover }: Draft, menu?: number): Map<number | "failover", string> {
  const problems = new Map<number | "failover", string>();
  const note = (place: number | "failover", problem: string | undefined) => problem && problems.set(place, problem);
  const wrongWay = (to: Destination) => (to.type === "ivr_menu" && to.id !== null && to.id === menu ? "flow:to_itself" : destinationValue.safeParse(to).error?.issues[0]?.message);
  for (const [at, { keys: digits, to }] of keys.entries()) {
    if (!DIGITS.test(digits)) note(at, "flow:bad_key");
    else if (keys.findIndex((other) => other.keys === digits) < at) note(at, "flow:double_key");
    else note(at, to.type === "hangup" ? "flow:key_ends" : wrongWay(to));
  }
  note("failover", wrongWay(failover));
  return problems;
}

/** The first key of a telephone that is not in use. */
export function freeKey({ keys }: Draft): string {
  return [..."1234567890*"].find((key) => keys.every((used) => used.keys !== key)) ?? "";
}

export function added(draft: Draft): Draft {
  return { ...draft, keys: [...draft.keys, { keys: freeKey(draft), to: UNCHOSEN, description: null }] };
}

/** Leads an exit, by its name on the drawing, elsewhere. */
export function led(draft: Draft, exit: string, to: Destination): Draft {
  if (exit === NO_CHOICE) return { ...draft, failover: to };
  return { ...draft, keys: draft.keys.map((key) => (exitOf(key) === exit ? { ...key, to } : key)) };
}

export function without(draft: Draft, exit: string): Draft {
  return { ...draft, keys: draft.keys.filter((key) => exitOf(key) !== exit) };
}

function exitOf(key: DraftKey): string {
  return exitId({ when: "keys", keys: key.keys });
}

/** What a box is as the destination of an exit; none where it may not lead. Calls end where nothing is chosen, and by no key. */
export function destinationAt(node: FlowNode, exit: string): Destination | undefined {
  if (node.kind === "hangup") return exit === NO_CHOICE ? HANGUP : undefined;
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
    const id = `new ${to.type} ${to.id ?? to.to ?? ""}`;
    // Where nothing is chosen yet, no line is drawn.
    if (!destinationValue.safeParse(to).success) return id;
    const drawn = [...nodes.values()].find((node) => isAt(node, to));
    if (drawn) return drawn.id;
    const known = whole?.nodes.find((node) => isAt(node, to));
    if (known && whole) {
      const part = partFrom(whole, known.id);
      for (const edge of part.edges) if (!nodes.has(edge.from)) edges.push(edge);
      for (const node of part.nodes) if (!nodes.has(node.id)) nodes.set(node.id, node);
      return known.id;
    }
    nodes.set(id, { id, kind: to.type, record_id: to.id, label: nameOf(to), active: true, missing: false, rings: [], reachable: true, time: null, problems: [] });
    return id;
  };
  const ways: Flow["edges"] = [];
  for (const key of draft.keys) {
    if (ways.every((way) => way.keys !== key.keys)) ways.push({ from: menu, to: find(key.to), when: "keys", keys: key.keys, says: "" });
  }
  ways.push({ from: menu, to: find(draft.failover), when: NO_CHOICE, keys: null, says: "" });
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
