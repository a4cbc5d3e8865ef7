// The carrier's settings as they are asked for, by whoever shows a part of them.

import { queryOptions } from "@tanstack/react-query";
import { ask } from "@/api/resources";
import type { Shown } from "./cloudonix-values";

export const CARRIER = queryOptions({
  queryKey: ["pbx.cloudonix_settings", "shown"],
  queryFn: async ({ signal }) => (await ask<Shown>("get", "settings/cloudonix", { signal })).data,
});
