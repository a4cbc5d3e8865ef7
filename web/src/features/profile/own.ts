// One's own telephone, as it is asked for and changed.

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { ask } from "@/api/resources";
import type { Own } from "./forward-values";

export const OWN = queryOptions({
  queryKey: ["pbx.extension", "own"],
  queryFn: async ({ signal }) => (await ask<{ data: Own }>("get", "me", { signal })).data.data,
});

/** Every change answers with all that is one's own afterwards. */
export function useOwnChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ what, body }: { what: "do-not-disturb" | "forwards" | "greeting" | "voicemail-pin"; body: unknown }) => (await ask<{ data: Own }>("put", `me/${what}`, { body })).data.data,
    onSuccess: (own) => queries.setQueryData(OWN.queryKey, own),
  });
}
