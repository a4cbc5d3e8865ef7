// Where one's calls go instead, as the API writes it: `extension:12`, `voicemail:3`, `forward:+442079460018`.

import type { AnswerOf, ChangeOf } from "@/api/catalogue";
import { z } from "zod";
import { type Destination, TARGET_KINDS, type TargetKind } from "@/fields/destination";

export type Own = AnswerOf<"/api/v1/me">["data"];
export type OwnExtension = Own["extensions"][number];
export type OwnBox = Own["voicemails"][number];

export const WHEN = ["always", "busy", "no_answer", "unreachable"] as const;
export type When = (typeof WHEN)[number];

/** What a person may send their own calls to. */
export const KINDS: readonly TargetKind[] = ["voicemail", "extension", "forward", "ring_group"];

const forward = z
  .object({ on: z.boolean(), to: z.object({ type: z.enum(TARGET_KINDS), id: z.number().nullable(), to: z.string().nullable() }) })
  .refine(({ on, to }) => !on || to.type === "hangup" || to.type === "forward" || to.id !== null, { path: ["to", "id"], message: "problems.choose" })
  .refine(({ on, to }) => !on || to.type !== "forward" || /^\+?[\d\s().-]{3,}$/.test(to.to ?? ""), { path: ["to", "to"], message: "problems.phone" });

export const schema = z.object({ always: forward, busy: forward, no_answer: forward, unreachable: forward });
export type Values = z.infer<typeof schema>;

const OFF: Destination = { type: "voicemail", id: null, to: null };

export function parsed(text: string | null): { on: boolean; to: Destination } {
  const [type, rest = ""] = text?.split(/:(.*)/s) ?? [];
  const kind = TARGET_KINDS.find((one) => one === type);
  if (!kind) return { on: false, to: OFF };
  const id = Number(rest);
  return { on: true, to: { type: kind, id: kind !== "forward" && Number.isInteger(id) && id > 0 ? id : null, to: kind === "forward" ? rest : null } };
}

export function written({ on, to }: { on: boolean; to: Destination }): string | null {
  if (!on) return null;
  if (to.type === "hangup") return "hangup";
  return to.type === "forward" ? `forward:${(to.to ?? "").replace(/[\s().-]/g, "")}` : `${to.type}:${to.id}`;
}

export function toValues({ forwards }: OwnExtension): Values {
  return { always: parsed(forwards.always), busy: parsed(forwards.busy), no_answer: parsed(forwards.no_answer), unreachable: parsed(forwards.unreachable) };
}

export function toBody(values: Values, extension_id: number): ChangeOf<"/api/v1/me/forwards"> {
  return { extension_id, always: written(values.always), busy: written(values.busy), no_answer: written(values.no_answer), unreachable: written(values.unreachable) };
}

/** The form's fields for those of the API. */
export function nameOf(field: string): string {
  const when = WHEN.find((one) => one === field || field === `forward_${one}`);
  return when ? `${when}.to.id` : field;
}
