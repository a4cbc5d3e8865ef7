// Destinations in forms: what is wrong with one, and what the API shows of one as a field holds it.

import { z } from "zod";
import type { components } from "@/api/schema";
import { type Destination, HANGUP, TARGET_KINDS, type TargetKind } from "./destination";

export type DestinationView = components["schemas"]["DestinationView"];

export const destinationValue = z
  .object({ type: z.enum(TARGET_KINDS), id: z.number().nullable(), to: z.string().nullable() })
  .refine(({ type, id }) => type === "hangup" || type === "forward" || id !== null, { path: ["id"], message: "problems.choose" })
  .refine(({ type, to }) => type !== "forward" || Boolean(to?.trim()), { path: ["to"], message: "problems.phone" });

/** The API calls an extension that stands for an AI assistant one of these, as well: here it is an extension, and chosen as such. */
export function kindOf(type: NonNullable<DestinationView["type"]>): TargetKind {
  return type === "ai_assistant" ? "extension" : type;
}

/** One of a kind that nothing can be of yet ends the call, as it does when it is called. */
export function destinationOf(view: DestinationView | null): Destination {
  if (!view?.type) return HANGUP;
  return { type: kindOf(view.type), id: view.id, to: view.to };
}
