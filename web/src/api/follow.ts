// What was begun and is done by a job: asked after until it is over. The live channel tells of records, not of jobs.

import { useQuery } from "@tanstack/react-query";
import { ask } from "./resources";

/** The pauses between two looks. After the last the page gives up: it is no watchman. */
const PAUSES_MS = [400, 600, 1000, 1500, 2000, 3000, 4000, 5000, 8000, 10_000, 15_000, 20_000, 30_000];

/** `path` names what was begun; without it nothing is asked. */
export function useFollowed<T>(path: string | undefined, isOver: (answer: T) => boolean) {
  return useQuery({
    queryKey: ["followed", path],
    queryFn: async ({ signal }) => (await ask<T>("get", path ?? "", { signal })).data,
    enabled: path !== undefined,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data !== undefined && isOver(state.data) ? false : (PAUSES_MS[state.dataUpdateCount + state.errorUpdateCount] ?? false)),
  });
}
