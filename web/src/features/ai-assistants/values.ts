// What the form of an AI assistant holds, and how the API says the same.

import { z } from "zod";
import type { Assistant, ChangeOf, NewOf } from "@/api/catalogue";
import { HANGUP } from "@/fields/destination";
import { destinationOf, destinationValue } from "@/fields/destination-values";

/** How a call gets to an assistant. */
export const WAYS = ["provider", "service", "sip", "stream"] as const;
/** Those that Cloudonix is known to lead to; any other name is taken, too. */
export const PROVIDERS = ["VAPI", "Retell", "Synthflow", "Dasha"];

export const KINDS = ["text", "number", "boolean"] as const;
export const PARAMETERS_MAX = 50;

const parameter = z
  .object({ name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/, "ai-assistants:name_wrong"), kind: z.enum(KINDS), value: z.string() })
  .refine(({ kind, value }) => kind !== "number" || (value.trim() !== "" && Number.isFinite(Number(value))), { path: ["value"], message: "ai-assistants:number_wrong" });
export type Parameter = z.infer<typeof parameter>;

export const schema = z
  .object({
    name: z.string().trim().min(1, "problems.required").max(100, "problems.long"),
    description: z.string(),
    status: z.enum(["active", "inactive"]),
    type: z.enum(WAYS),
    provider: z.string().max(100, "problems.long"),
    phone_number: z.string(),
    url: z.string().max(1000, "problems.long"),
    /** Empty keeps the one there is. */
    service_token: z.string(),
    service_token_gone: z.boolean(),
    parameters: z.array(parameter),
    timeout: z.number("problems.number").int("problems.number").min(5, "problems.range").max(300, "problems.range"),
    fallback: destinationValue,
  })
  .superRefine((values, problems) => {
    const say = (path: (string | number)[], message: string) => problems.addIssue({ code: "custom", path, message });
    if (values.type === "provider") {
      if (values.provider.trim() === "") say(["provider"], "problems.required");
      if (!/^\+[1-9][0-9]{6,14}$/.test(values.phone_number.trim())) say(["phone_number"], "problems.phone");
      return;
    }
    const begins = { service: /^https?:\/\/\S+$/i, sip: /^sips?:\S+$/i, stream: /^wss:\/\/\S+$/i }[values.type];
    if (!begins.test(values.url.trim())) say(["url"], `ai-assistants:address_wrong.${values.type}`);
    const names = values.parameters.map(({ name }) => name);
    const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
    if (values.type === "service" && twice >= 0) say(["parameters", twice, "name"], "ai-assistants:name_twice");
  });
export type Values = z.infer<typeof schema>;

export const EMPTY: Values = { name: "", description: "", status: "active", type: "provider", provider: "", phone_number: "", url: "", service_token: "", service_token_gone: false, parameters: [], timeout: 30, fallback: HANGUP };

export function toValues(assistant: Assistant): Values {
  return {
    name: assistant.name,
    description: assistant.description ?? "",
    status: assistant.status,
    type: assistant.type,
    provider: assistant.provider ?? "",
    phone_number: assistant.phone_number ?? "",
    url: assistant.url ?? "",
    service_token: "",
    service_token_gone: false,
    parameters: Object.entries((assistant.parameters ?? {}) as Record<string, unknown>).map(([name, value]) => ({ name, kind: kindOf(value), value: String(value) })),
    timeout: assistant.timeout,
    fallback: destinationOf(assistant.fallback),
  };
}

function kindOf(value: unknown): Parameter["kind"] {
  return typeof value === "number" ? "number" : typeof value === "boolean" ? "boolean" : "text";
}

function plain({ kind, value }: Parameter): string | number | boolean {
  return kind === "number" ? Number(value) : kind === "boolean" ? value === "true" : value;
}

type Body = NewOf<"/api/v1/ai-assistants"> & ChangeOf<"/api/v1/ai-assistants/{id}">;

/** Exactly what the way needs; the server takes back what the other ways held. */
function way(values: Values): Partial<Body> {
  if (values.type === "provider") return { provider: values.provider.trim(), phone_number: values.phone_number.trim() };
  const url = values.url.trim();
  if (values.type !== "service") return { url };
  const token = values.service_token !== "" ? { service_token: values.service_token } : values.service_token_gone ? { service_token: null } : {};
  return { url, parameters: Object.fromEntries(values.parameters.map((one) => [one.name, plain(one)])), ...token };
}

export function toBody(values: Values): Body {
  const { name, description, status, type, timeout, fallback } = values;
  return { name, description: description.trim() || null, status, type, timeout, fallback, ...way(values) };
}
