// How far a call has come at each sentence, and what is drawn where no drawing shows it.

import { type Flow, partFrom } from "@/views/flow/graph";
import type { Said, Stop } from "./call";

/** How many stops of the way are passed once a sentence is said. */
export function passedAt(sentences: readonly Said[], way: readonly Stop[]): number[] {
  let passed = 0;
  return sentences.map((said, at) => {
    if (at === sentences.length - 1) return way.length;
    if (said.node !== null && way[passed - 1]?.node !== said.node) {
      const next = way.findIndex((stop, index) => index >= passed && stop.node === said.node);
      if (next >= 0) passed = next + 1;
    }
    return passed;
  });
}

/** The telephones that ring while a sentence is said: those that it names while the call is in a group. */
export function ringingAt(said: Said | undefined): number[] {
  if (!said) return [];
  const phones = said.records.filter((record) => record.kind === "extension" && record.id !== null && record.node !== said.node);
  return said.records.some((record) => record.kind === "ring_group") ? [] : phones.map((record) => record.id as number);
}

/** The drawing of all that a call could meet from where it begins; what it passed, in a row, where that is on no drawing. */
export function drawingOf(whole: Flow | undefined, way: readonly Stop[]): Flow {
  const first = way[0];
  if (whole && first && whole.nodes.some((node) => node.id === first.node)) {
    const part = partFrom(whole, first.node);
    // Whether a schedule is open now says nothing of the moment that is tested.
    return { ...part, nodes: part.nodes.map((node) => ({ ...node, time: null })) };
  }
  const nodes = new Map(way.map((stop) => [stop.node, nodeOf(stop)]));
  const edges = way.slice(1).map((stop, at) => ({ from: way[at]?.node as string, to: stop.node, when: "always" as const, keys: null, says: "" }));
  return { nodes: [...nodes.values()], edges: edges.filter((edge, at) => edge.from !== edge.to && edges.findIndex((other) => other.from === edge.from) === at), truncated: false };
}

function nodeOf({ node, kind, id, label }: Stop): Flow["nodes"][number] {
  // A rule and a trunk are on no drawing of the server's, and on this one.
  return { id: node, kind: kind as Flow["nodes"][number]["kind"], record_id: id, label, active: true, missing: false, rings: [], reachable: true, time: null, problems: [] };
}
