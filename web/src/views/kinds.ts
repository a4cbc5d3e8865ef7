// Which room shows a record that is named by its kind, as destinations, searches and references name it.

/** The first path of the room of each kind. */
const ROOMS: Record<string, string> = {
  number: "numbers",
  phone_number: "numbers",
  extension: "extensions",
  user: "users",
  ring_group: "ring-groups",
  ivr_menu: "ivr-menus",
  menu: "ivr-menus",
  business_hours: "business-hours",
  hours: "business-hours",
  conference_room: "conference-rooms",
  conference: "conference-rooms",
  assistant: "ai-assistants",
  voicemail: "voicemail",
  voicemail_box: "voicemail",
  prompt: "recordings",
  recording: "recordings",
  outbound_rule: "outbound-rules",
  trunk: "trunks",
  blocked_caller: "blocklist",
  feature_code: "feature-codes",
  webhook: "settings/webhooks",
  call: "call-history",
  call_check: "test-a-call/checks",
  company: "settings/company",
};

/** Of these there is only one, at the path itself. */
const SINGLE = ["company"];

export function hasRoom(kind: string): boolean {
  return kind in ROOMS;
}

export function roomOfKind(kind: string, id: number): string {
  const room = ROOMS[kind];
  if (!room) return "/dashboard";
  return SINGLE.includes(kind) ? `/${room}` : `/${room}/${id}`;
}
