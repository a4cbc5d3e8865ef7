// What the forms of the library hold, and how the API says the same.

import { z } from "zod";
import type { NewOf, Prompt, Recording } from "@/api/catalogue";

const status = z.enum(["active", "inactive"]);
const name = (longest: number) => z.string().trim().min(1, "problems.required").max(longest, "problems.long");

export const soundSchema = z.object({ name: name(255), status });
export type SoundValues = z.infer<typeof soundSchema>;
export const NO_SOUND: SoundValues = { name: "", status: "active" };
export const toSoundValues = ({ name, status }: Recording): SoundValues => ({ name, status });
export const toSoundBody = (values: SoundValues): SoundValues => values;

/** Longer ones would be hung up on. */
export const TEXT_MAX = 3000;

export const textSchema = z
  .object({ kind: z.enum(["text", "url"]), name: name(100), text: z.string().max(TEXT_MAX, "problems.long"), voice: z.string().nullable(), language: z.string().nullable(), url: z.string(), status })
  .refine(({ kind, text }) => kind !== "text" || text.trim() !== "", { path: ["text"], message: "problems.required" })
  .refine(({ kind, url }) => kind !== "url" || /^https?:\/\/\S+$/.test(url.trim()), { path: ["url"], message: "problems.url" });
export type TextValues = z.infer<typeof textSchema>;

export const NO_TEXT: TextValues = { kind: "text", name: "", text: "", voice: null, language: null, url: "", status: "active" };

export function toTextValues({ kind, name, text, voice, language, url, status }: Prompt): TextValues {
  return { kind: kind === "url" ? "url" : "text", name, text: text ?? "", voice, language, url: url ?? "", status };
}

/** Only what belongs to the kind: the rest of it would be refused. */
export function toTextBody({ kind, name, text, voice, language, url, status }: TextValues): NewOf<"/api/v1/prompts"> {
  return { kind, name, status, ...(kind === "text" ? { text, voice, language } : { url: url.trim() }) };
}
