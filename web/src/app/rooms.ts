// The rooms of the app and the order in which they are offered. A room is a folder of `features` with a `room.ts`.

import type { Room } from "./feature";

const found = import.meta.glob<{ room: Room }>("../features/*/room.ts", { eager: true });
const byName = new Map(Object.values(found).map(({ room }) => [room.name, room]));

/** Groups of the navigation, as people look for things. */
export const GROUPS = [
  { name: "calls", rooms: ["dashboard", "live-calls", "call-history", "voicemail", "test-a-call"] },
  { name: "routing", rooms: ["numbers", "flow", "business-hours", "ivr-menus", "ring-groups", "extensions", "conference-rooms", "ai-assistants"] },
  // Prompts are in the room of recordings: to the server they are the same.
  { name: "sound", rooms: ["recordings"] },
  { name: "rules", rooms: ["outbound-rules", "trunks", "blocklist", "feature-codes"] },
  { name: "company", rooms: ["users", "settings"] },
] as const;

export const rooms: readonly Room[] = [...byName.values()];

export function roomsOf(group: (typeof GROUPS)[number]): Room[] {
  return group.rooms.map((name) => byName.get(name)).filter((room) => room !== undefined);
}
