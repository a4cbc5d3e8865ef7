// The telephones that a call to a number may reach, as the drawing of its ways knows them.

import { useMemo } from "react";
import { boxesOf, type Box, partFrom } from "@/views/flow/graph";
import { useFlow } from "@/views/flow/use-flow";
import type { Telephone } from "./inputs";

export function useTelephones(to: string): Telephone[] {
  const whole = useFlow().data;
  return useMemo(() => {
    const start = whole?.nodes.find((node) => node.number === to || (node.kind === "extension" && node.rings.some((ring) => ring.extension_number === to)));
    return telephonesOf(whole && start ? boxesOf(partFrom(whole, start.id)) : [], to);
  }, [whole, to]);
}

/** Those that ring on a drawing, outside numbers, and the extension that is dialled itself. */
export function telephonesOf(boxes: readonly Box[], to: string): Telephone[] {
  const found = new Map<string, Telephone>();
  for (const { node } of boxes) {
    for (const ring of node.rings) found.set(ring.extension_number, { number: ring.extension_number, name: ring.name });
    if (node.kind === "forward") found.set(node.label, { number: node.label, name: "" });
  }
  if (/^\d{3,5}$/.test(to) && !found.has(to)) found.set(to, { number: to, name: "" });
  return [...found.values()];
}
