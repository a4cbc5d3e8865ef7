// Thinks a call through on the server, again whenever the configuration changes.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ask } from "@/api/resources";
import { PLAN } from "@/views/flow/use-flow";
import { useCompanyZone } from "@/views/when";
import { type Asked, type Simulated, toWanted } from "./call";

export function useSimulation(asked: Asked) {
  const zone = useCompanyZone();
  const wanted = toWanted(asked, zone);
  return useQuery({
    queryKey: [PLAN, "simulate", wanted],
    queryFn: async ({ signal }) => (await ask<{ data: Simulated }>("post", "simulate", { body: wanted, signal })).data.data,
    enabled: asked.to !== "",
    placeholderData: keepPreviousData,
    // Now is another moment each time.
    staleTime: asked.at ? undefined : 0,
  });
}
