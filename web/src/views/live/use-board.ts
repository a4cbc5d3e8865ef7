// The board of calls and extensions on a screen: asked once, kept by what is heard, asked again where something was missed.

import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useId, useReducer, useRef } from "react";
import { useLiveEvents } from "@/api/live";
import { answered } from "@/api/client";
import { client } from "@/api/session";
import { EMPTY_BOARD, fold, isAt, type Snapshot } from "./board";
import { setClock } from "./clock";

export function useBoard() {
  const [board, tell] = useReducer(fold, EMPTY_BOARD);
  const latest = useRef(board);
  latest.current = board;
  // Each board asks for its own: what another one was given is from before this one heard anything.
  const own = useId();
  const query = useQuery({
    queryKey: ["live", "snapshot", own],
    queryFn: async ({ signal }) => {
      tell({ kind: "asked" });
      const asked = client.GET("/api/v1/live/snapshot", { signal });
      const snapshot = await answered(asked);
      setClock((await asked).response.headers.get("date"));
      return snapshot as Snapshot;
    },
    // A board of some minutes ago is worse than none.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
  const { data, dataUpdatedAt, refetch } = query;
  useEffect(() => {
    if (data) tell({ kind: "snapshot", snapshot: data });
  }, [data, dataUpdatedAt]);
  useLiveEvents(
    useCallback(
      (event: string, data: Record<string, unknown>) => {
        if (event === "live.position") {
          // Whatever was asked before this is from before the subscription.
          if (!isAt(latest.current, data)) void refetch({ cancelRefetch: true });
        } else {
          tell({ kind: "event", event, data });
        }
      },
      [refetch],
    ),
  );
  return { board, isError: query.isError && !board.known, error: query.error, refetch };
}
