// What two people changed in one record: what differs, and what comes of both.

export interface Difference {
  name: string;
  theirs: unknown;
  mine: unknown;
  /** Both changed it, so somebody must choose; else each side's own changes go together. */
  contested: boolean;
}

type Values = Record<string, unknown>;

/** The fields in which the other's version differs from the one that was opened. */
export function differences(before: Values, theirs: Values, mine: Values): Difference[] {
  return Object.keys(theirs)
    .filter((name) => !same(before[name], theirs[name]) && !same(theirs[name], mine[name]))
    .map((name) => ({ name, theirs: theirs[name], mine: mine[name], contested: !same(before[name], mine[name]) }));
}

/** What I changed since `before`, where it is not the same as theirs by now. */
export function changed(before: Values, theirs: Values, mine: Values): Values {
  const names = Object.keys(theirs).filter((name) => !same(before[name], mine[name]) && !same(theirs[name], mine[name]));
  return Object.fromEntries(names.map((name) => [name, mine[name]]));
}

/** The fields that differ from theirs afterwards: what only I changed, and what I chose to keep. */
export function merged(before: Values, theirs: Values, mine: Values, kept: ReadonlySet<string>): Values {
  return Object.fromEntries(Object.entries(changed(before, theirs, mine)).filter(([name]) => same(before[name], theirs[name]) || kept.has(name)));
}

export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => same((a as Values)[name], (b as Values)[name]));
}
