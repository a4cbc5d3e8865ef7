// What the server refuses is said where it stands: at its field, or above the whole.

import type { FieldValues, Path, UseFormReturn } from "react-hook-form";
import { Refused, sentenceOf } from "@/api/resources";

/**
 * Puts what the server says of fields to them, by the form's names.
 *
 * Returns what is left to say of the whole: of fields that the form does not show, or why nothing was done at all. Nothing is left where
 * every sentence has its field.
 */
export function place<Values extends FieldValues>(form: UseFormReturn<Values>, error: unknown, otherwise: string, nameOf: (field: string) => string = (field) => field): string | undefined {
  const errors = error instanceof Refused ? Object.entries(error.problem.errors ?? {}) : [];
  if (errors.length === 0) return sentenceOf(error, otherwise);
  const values = form.getValues();
  const left = errors.flatMap(([field, sentences]) => {
    const name = nameOf(field);
    if (!holds(values, name)) return sentences;
    form.setError(name as Path<Values>, { type: "server", message: sentences.join(" ") }, { shouldFocus: true });
    return [];
  });
  return left.join(" ") || undefined;
}

/** Whether a form has a field of this name: `members.0.extension_id` where there is a first member. */
function holds(values: FieldValues, name: string): boolean {
  let at: unknown = values;
  for (const part of name.split(".")) {
    if (typeof at !== "object" || at === null || !(part in at)) return false;
    at = (at as Record<string, unknown>)[part];
  }
  return true;
}
