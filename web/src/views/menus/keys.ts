// The keys of a menu as the API takes them, for whoever changes them: its form and its drawing.

import type { QueryClient } from "@tanstack/react-query";
import { extensions, type NewOf } from "@/api/catalogue";
import { recordOptions } from "@/api/resources";
import { type Destination, TARGET_KINDS } from "@/fields/destination";

export interface MenuKey {
  digits: string;
  description: string | null;
  destination: Destination;
}

export const KEYS_MAX = 20;
export const DIGITS = /^[0-9*]{1,10}$/;
/** A key leads somewhere: hanging up is none of its choices. */
export const KEY_KINDS = TARGET_KINDS.filter((kind) => kind !== "hangup");
/** Where a new key leads until somebody chooses. */
export const UNCHOSEN: Destination = { type: "extension", id: null, to: null };

/** The numbers of the extensions that keys lead to, by their ids. Fails where one cannot be found out. */
export async function numbersOf(queries: QueryClient, keys: readonly MenuKey[]): Promise<ReadonlyMap<number, string>> {
  const ids = new Set(keys.flatMap(({ destination: { type, id } }) => (type === "extension" && id !== null ? [id] : [])));
  return new Map(await Promise.all([...ids].map(async (id) => [id, (await queries.fetchQuery(recordOptions(extensions, id))).view.extension_number] as const)));
}

/**
 * The keys in their order. Of a key, the API reads the number of an extension first, and an id only where no extension has that number:
 * so an extension is sent by its number, and never by its id.
 */
export function optionsOf(keys: readonly MenuKey[], numbers: ReadonlyMap<number, string>): NewOf<"/api/v1/ivr-menus">["options"] {
  return keys.map(({ digits, description, destination: { type, id, to } }, at) => ({
    input_digits: digits,
    description: description || null,
    priority: at + 1,
    destination_type: type,
    destination_id: type === "extension" && id !== null ? (numbers.get(id) ?? null) : id,
    destination_forward_to: to,
  }));
}
