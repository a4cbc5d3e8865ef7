// The library of what callers hear: recordings, and texts that are read. Both are prompts to the server, by the same ids.

import { AudioLines } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "recordings",
  icon: AudioLines,
  screens: [
    { path: "/recordings", load: () => import("./sounds-page").then(({ SoundsPage }) => SoundsPage) },
    { path: "/recordings/new", makes: "recording", load: () => import("./new-sound-page").then(({ NewSoundPage }) => NewSoundPage) },
    { path: "/recordings/texts", load: () => import("./texts-page").then(({ TextsPage }) => TextsPage) },
    { path: "/recordings/texts/new", makes: "text", load: () => import("./text-form").then(({ NewTextPage }) => NewTextPage) },
    { path: "/recordings/$id", load: () => import("./one").then(({ PromptPage }) => PromptPage) },
  ],
};
