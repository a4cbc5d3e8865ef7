// Call checks are run by the server when the configuration changes, and what came of it is told while it happens.

import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { callChecks } from "@/api/catalogue";
import { useLiveEvents } from "@/api/live";

export function useLiveChecks(): void {
  const queries = useQueryClient();
  useLiveEvents(useCallback((event) => { if (event === "call_checks.run") void queries.invalidateQueries({ queryKey: [callChecks.model] }); }, [queries]));
}
