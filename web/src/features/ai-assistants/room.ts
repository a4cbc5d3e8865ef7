// AI assistants: machines that take calls, and the ways to them.

import { Bot } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "ai-assistants",
  icon: Bot,
  roles: ["owner", "pbx_admin", "reporter"],
  screens: [
    { path: "/ai-assistants", load: () => import("./page").then(({ AiAssistantsPage }) => AiAssistantsPage) },
    { path: "/ai-assistants/new", makes: "assistant", load: () => import("./form").then(({ NewAiAssistantPage }) => NewAiAssistantPage) },
    { path: "/ai-assistants/$id", load: () => import("./form").then(({ AiAssistantPage }) => AiAssistantPage) },
  ],
};
