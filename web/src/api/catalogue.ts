// The kinds of records, each once: for lists, forms, pickers and links.

import type { Resource } from "./resources";
import type { paths } from "./schema";

type Get<Path extends keyof paths> = paths[Path] extends { get: { responses: { 200: { content: { "application/json": infer Answer } } } } } ? Answer : never;
type Json<Operation> = Operation extends { requestBody?: { content: { "application/json": infer Body } } } ? Body : never;

/** A row of a list. */
export type RowOf<Path extends keyof paths> = Get<Path> extends { data: (infer Row)[] } ? Row : never;
/** What a GET answers, whole. */
export type AnswerOf<Path extends keyof paths> = Get<Path>;
/** What is sent to create. */
export type NewOf<Path extends keyof paths> = paths[Path] extends { post: infer Operation } ? Json<Operation> : never;
/** What is sent to change. */
export type ChangeOf<Path extends keyof paths> = paths[Path] extends { put: infer Operation } ? Json<Operation> : never;

export type Extension = RowOf<"/api/v1/extensions">;
export type RingGroup = RowOf<"/api/v1/ring-groups">;
export type IvrMenu = RowOf<"/api/v1/ivr-menus">;
export type Schedule = RowOf<"/api/v1/business-hours">;
export type Room = RowOf<"/api/v1/conference-rooms">;
export type Assistant = RowOf<"/api/v1/ai-assistants">;
export type Box = RowOf<"/api/v1/voicemail-boxes">;
export type VoicemailMessage = RowOf<"/api/v1/voicemail-messages">;
export type PhoneNumber = RowOf<"/api/v1/phone-numbers">;
export type User = RowOf<"/api/v1/users">;
export type Recording = RowOf<"/api/v1/recordings">;
export type Prompt = RowOf<"/api/v1/prompts">;
export type Trunk = RowOf<"/api/v1/trunks">;
export type OutboundRule = RowOf<"/api/v1/outbound-whitelist">;
export type BlockedCaller = RowOf<"/api/v1/blocklist">;
export type FeatureCode = RowOf<"/api/v1/feature-codes">;
export type Call = RowOf<"/api/v1/call-logs">;
export type ApiKey = RowOf<"/api/v1/api-keys">;
export type Webhook = RowOf<"/api/v1/webhooks">;
export type AuditEntry = RowOf<"/api/v1/audit-log">;
export type Job = RowOf<"/api/v1/jobs">;
export type CallCheck = RowOf<"/api/v1/call-checks">;

const named = (view: { name: string }) => view.name;

export const extensions: Resource<Extension> = { path: "extensions", model: "pbx.extension", wrapper: "extension", title: (view) => (view.name ? `${view.extension_number} ${view.name}` : view.extension_number) };
export const ringGroups: Resource<RingGroup> = { path: "ring-groups", model: "pbx.ring_group", title: named };
export const ivrMenus: Resource<IvrMenu> = { path: "ivr-menus", model: "pbx.menu", title: named };
export const businessHours: Resource<Schedule> = { path: "business-hours", model: "pbx.hours", title: named };
export const conferenceRooms: Resource<Room> = { path: "conference-rooms", model: "pbx.conference", title: named };
export const aiAssistants: Resource<Assistant> = { path: "ai-assistants", model: "pbx.assistant", title: named };
export const voicemailBoxes: Resource<Box> = { path: "voicemail-boxes", model: "pbx.voicemail", title: named };
export const voicemailMessages: Resource<VoicemailMessage> = { path: "voicemail-messages", model: "pbx.voicemail.message", title: (view) => String(view.id) };
export const phoneNumbers: Resource<PhoneNumber> = { path: "phone-numbers", model: "pbx.number", title: (view) => view.phone_number };
export const users: Resource<User> = { path: "users", model: "res.users", title: named };
export const recordings: Resource<Recording> = { path: "recordings", model: "pbx.prompt", bulkPath: "prompts", title: named };
export const prompts: Resource<Prompt> = { path: "prompts", model: "pbx.prompt", title: named };
export const trunks: Resource<Trunk> = { path: "trunks", model: "pbx.trunk", title: named };
export const outboundRules: Resource<OutboundRule> = { path: "outbound-whitelist", model: "pbx.outbound_rule", title: named };
export const blocklist: Resource<BlockedCaller> = { path: "blocklist", model: "pbx.blocked_caller", title: ({ caller, is_prefix }) => (is_prefix ? `${caller}…` : caller) };
export const featureCodes: Resource<FeatureCode> = { path: "feature-codes", model: "pbx.feature_code", title: (view) => view.code };
export const calls: Resource<Call> = { path: "call-logs", model: "pbx.call", title: (view) => view.call_id };
export const apiKeys: Resource<ApiKey> = { path: "api-keys", model: "res.users.apikeys", title: named };
export const webhooks: Resource<Webhook> = { path: "webhooks", model: "ir.webhook", title: named };
export const auditLog: Resource<AuditEntry> = { path: "audit-log", model: "ir.audit", title: (view) => view.record_name ?? String(view.record_id) };
export const jobs: Resource<Job> = { path: "jobs", model: "ir.job", title: (view) => view.kind };
export const callChecks: Resource<CallCheck> = { path: "call-checks", model: "pbx.call_check", title: named };
export type CompanySettings = AnswerOf<"/api/v1/settings/company">["data"];
export type Profile = AnswerOf<"/api/v1/profile">["user"];
export const companySettings: Resource<CompanySettings> = { path: "settings/company", model: "res.company", single: true, title: named };
export const profile: Resource<Profile> = { path: "profile", model: "res.users", wrapper: "user", single: true, title: named };
