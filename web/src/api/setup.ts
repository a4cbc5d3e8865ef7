// How far the company is with its first steps.

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { AnswerOf } from "./catalogue";
import { ask } from "./resources";

export type Setup = AnswerOf<"/api/v1/setup">["data"];

/** For owners and administrators. */
export const SETUP = queryOptions({
  queryKey: ["res.company", "setup"],
  queryFn: async ({ signal }) => (await ask<{ data: Setup }>("get", "setup", { signal })).data.data,
});

/** Says that the company is as it should be, or that nobody wants to see the first steps any more. */
export function useSaySetup() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (said: { company?: boolean; dismissed?: boolean }) => (await ask<{ data: Setup }>("put", "setup", { body: said })).data.data,
    onSuccess: (setup) => queries.setQueryData(SETUP.queryKey, setup),
  });
}
