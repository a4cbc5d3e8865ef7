// The people whose telephones the board tells of, by their names.

import { useQuery } from "@tanstack/react-query";
import { extensions } from "@/api/catalogue";
import { everything } from "@/api/resources";
import type { Board, LiveExtension } from "./board";

export interface Person extends LiveExtension {
  name: string;
}

/** None until both the names and the board are known. */
export function usePeople(board: Board): Person[] | undefined {
  const named = useQuery({ queryKey: [extensions.model, "people"], queryFn: async () => (await everything(extensions, { type: "user", status: "active" }, () => {})).rows });
  if (!named.data || !board.known) return undefined;
  return named.data
    .flatMap((one): Person[] => {
      const state = board.extensions.get(one.id);
      return state ? [{ ...state, name: one.name ?? one.extension_number }] : [];
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}
