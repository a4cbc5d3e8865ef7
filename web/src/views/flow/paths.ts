// The form behind a box, for those who may enter its room.

import { useCallback } from "react";
import { useRole } from "@/api/session";
import { hasRoom, roomOfKind } from "../kinds";
import type { Box } from "./graph";

export function useRecordPath(): (kind: string, id: number | null) => string | undefined {
  const { role } = useRole();
  // Users see the company's ways, and open none of its records.
  const enters = role !== null && role !== "pbx_user";
  return useCallback((kind, id) => (enters && id !== null && hasRoom(kind) ? roomOfKind(kind, id) : undefined), [enters]);
}

export function useBoxPath(): (box: Box) => string | undefined {
  const path = useRecordPath();
  return useCallback(({ node }) => (node.missing ? undefined : path(node.kind, node.record_id)), [path]);
}
