// The kinds of records that the audit log and webhooks speak of, and where each is looked at.

/** Whose changes are told and kept. A kind that is not listed here is shown by its name. */
export const MODELS = [
  "pbx.extension", "pbx.number", "pbx.ring_group", "pbx.menu", "pbx.hours", "pbx.conference", "pbx.assistant", "pbx.voicemail", "pbx.prompt",
  "pbx.outbound_rule", "pbx.trunk", "pbx.blocked_caller", "pbx.feature_code", "pbx.cloudonix_settings", "res.company", "res.users", "res.users.apikeys",
  "res.partner", "ir.webhook", "ir.retention", "ir.attachment",
] as const;

/** Keys are audited, and told to nobody outside. */
export const TOLD = MODELS.filter((model) => model !== "res.users.apikeys");

/** A dot would part a key of the catalogue. */
export function modelKey(model: string): string {
  return `models.${model.replaceAll(".", "_")}`;
}

const PATHS: Record<string, string> = {
  "pbx.extension": "/extensions",
  "pbx.number": "/numbers",
  "pbx.ring_group": "/ring-groups",
  "pbx.menu": "/ivr-menus",
  "pbx.hours": "/business-hours",
  "pbx.conference": "/conference-rooms",
  "pbx.assistant": "/ai-assistants",
  "pbx.prompt": "/prompts",
  "pbx.outbound_rule": "/outbound-rules",
  "pbx.trunk": "/trunks",
  "pbx.blocked_caller": "/blocklist",
  "pbx.feature_code": "/feature-codes",
  "res.users": "/users",
  "ir.webhook": "/settings/webhooks",
};

/** What there is only one of, or what has no page for each. */
const WHOLE: Record<string, string> = {
  "res.company": "/settings/company",
  "pbx.cloudonix_settings": "/settings/cloudonix",
  "res.users.apikeys": "/settings/api-keys",
  "ir.retention": "/settings/retention",
  "pbx.voicemail": "/voicemail",
};

export function pathOfRecord(model: string, id: number): string | undefined {
  const path = PATHS[model];
  return path ? `${path}/${id}` : WHOLE[model];
}
