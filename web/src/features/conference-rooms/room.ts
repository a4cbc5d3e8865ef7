// Conference rooms: where several people meet in one call.

import { Presentation } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "conference-rooms",
  icon: Presentation,
  screens: [
    { path: "/conference-rooms", load: () => import("./page").then(({ ConferenceRoomsPage }) => ConferenceRoomsPage) },
    { path: "/conference-rooms/new", makes: "conference_room", load: () => import("./form").then(({ NewConferenceRoomPage }) => NewConferenceRoomPage) },
    { path: "/conference-rooms/$id", load: () => import("./form").then(({ ConferenceRoomPage }) => ConferenceRoomPage) },
  ],
};
