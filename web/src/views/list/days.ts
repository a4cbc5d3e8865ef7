// The days of a filter: people choose those of their own clock, the API counts instants.

import { instantOf, shifted } from "@/format/zones";
import type { paramsOf } from "./state";

type Asked = ReturnType<typeof paramsOf>;

/**
 * The filters `from_date` and `to_date` with the instants at which the days of a zone begin and end; what is no day, such as an hour of a link, stays.
 *
 * The `last` instant that the API is told is, by its own word, part of what it lists, or the first that is not.
 */
export function asInstants(params: Asked, zone: string, last: "within" | "beyond"): Asked {
  const { from_date, to_date, ...rest } = params;
  const midnight = (date: string) => instantOf(`${date}T00:00`, zone).getTime();
  const told = (bound: Asked[string], instantFor: (date: string) => number) => (isDay(bound) ? new Date(instantFor(bound)).toISOString() : bound);
  return {
    ...rest,
    ...(from_date !== undefined && { from_date: told(from_date, midnight) }),
    ...(to_date !== undefined && { to_date: told(to_date, (date) => midnight(shifted(date, 1)) - (last === "within" ? 1 : 0)) }),
  };
}

function isDay(bound: Asked[string]): bound is string {
  return typeof bound === "string" && /^\d{4}-\d\d-\d\d$/.test(bound) && !Number.isNaN(Date.parse(bound));
}
