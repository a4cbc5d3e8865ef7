// The ways of calls as the server draws them, drawn again when the configuration changes.

import { keepPreviousData, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useLiveEvents } from "@/api/live";
import { type PhoneNumber, phoneNumbers } from "@/api/catalogue";
import { ask, PER_PAGE_MAX } from "@/api/resources";
import type { Flow } from "./graph";

/** The beginning of the keys of everything that follows from the configuration. */
export const PLAN = "plan";
/** Models by which calls find their way. */
const ROUTING = /^pbx\.(number|hours|menu|ring_group|extension|conference|assistant|voicemail|outbound_rule|trunk|blocked_caller|feature_code|prompt|holiday)|^res\.company/;
/** Changes come in handfuls, and the plan is made anew from them. */
const SETTLED_MS = 400;

/** Of one number, or of all. */
export function flowOptions(number?: string) {
  return queryOptions({
    queryKey: [PLAN, "flow", number ?? ""],
    queryFn: async ({ signal }): Promise<Flow> => {
      const [drawn, numbers] = await Promise.all([ask<{ data: Flow }>("get", "plan/flow", { params: { number }, signal }), ask<{ data: PhoneNumber[] }>("get", phoneNumbers.path, { params: { per_page: PER_PAGE_MAX, ...(number && { search: number.slice(1) }) }, signal })]);
      const digits = new Map(numbers.data.data.map((one) => [one.id, one.phone_number]));
      const flow = drawn.data.data;
      return { ...flow, nodes: flow.nodes.map((node) => (node.kind === "phone_number" ? { ...node, number: digits.get(node.record_id ?? 0) } : node)) };
    },
    placeholderData: keepPreviousData,
  });
}

export function useFlow(number?: string, enabled = true) {
  return useQuery({ ...flowOptions(number), enabled });
}

/** Asks everything that follows from the configuration again, whoever changed it. */
export function useLivePlan(): void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLiveEvents(
    useCallback(
      (event, data) => {
        if (!event.startsWith("record") || !ROUTING.test(String(data["model"]))) return;
        clearTimeout(timer.current);
        timer.current = setTimeout(() => void queries.invalidateQueries({ queryKey: [PLAN] }), SETTLED_MS);
      },
      [queries],
    ),
  );
}
