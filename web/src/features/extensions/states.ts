// What each extension does at this moment, as the live channel tells it.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useLiveEvents } from "@/api/live";
import { ask } from "@/api/resources";

export const STATES = ["idle", "ringing", "busy", "do_not_disturb"] as const;
export type State = (typeof STATES)[number];

interface ExtensionState {
  extension_id: number;
  state: State;
}

const KEY = ["live", "extension-states"];

/** By the extensions' ids; empty until it is known. */
export function useExtensionStates(): ReadonlyMap<number, State> {
  const queries = useQueryClient();
  const snapshot = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => {
      const { data } = await ask<{ extensions: ExtensionState[] }>("get", "live/snapshot", { signal });
      return new Map(data.extensions.map(({ extension_id, state }) => [extension_id, state]));
    },
    // What happened while nobody was here to hear it, only the server knows.
    staleTime: 0,
  });
  const hear = useCallback(
    (event: string, told: Record<string, unknown>) => {
      if (event !== "extension.state") return;
      const { extension_id, state } = told as unknown as ExtensionState;
      // Told before the snapshot came, it is in the snapshot.
      queries.setQueryData<Map<number, State>>(KEY, (before) => before && new Map(before).set(extension_id, state));
    },
    [queries],
  );
  useLiveEvents(hear);
  return snapshot.data ?? new Map();
}
