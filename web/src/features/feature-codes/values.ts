// What the form of a feature code holds.

import { z } from "zod";
import type { FeatureCode } from "@/api/catalogue";

export const FEATURES = [
  "own_voicemail", "any_voicemail", "forward_all", "forward_all_off", "forward_busy", "forward_busy_off", "forward_no_answer", "forward_no_answer_off",
  "do_not_disturb", "do_not_disturb_off", "test", "call_back",
] as const;

export const schema = z.object({
  code: z.string().trim().regex(/^[*#][0-9*#]{1,7}$/, "feature-codes:no_code"),
  feature: z.enum(FEATURES, "problems.choose"),
  status: z.enum(["active", "inactive"]),
});
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = { code: "", feature: "own_voicemail", status: "active" };

export function toValues({ code, feature, status }: FeatureCode): Values {
  return { code, feature: FEATURES.find((one) => one === feature) ?? "own_voicemail", status };
}
