// What the kinds of places look like and are called on a drawing.

import { Bot, CalendarClock, CircleOff, Hash, ListTree, Mic, PhoneForwarded, PhoneOff, Presentation, Smartphone, type LucideIcon, UsersRound, Voicemail, Waypoints } from "lucide-react";
import { phone } from "@/format";
import { useWords } from "@/words";
import type { Exit, FlowNode } from "./graph";

const LOOKS: Record<string, { Icon: LucideIcon; tint: string }> = {
  phone_number: { Icon: Hash, tint: "bg-accent text-accent-ink" },
  business_hours: { Icon: CalendarClock, tint: "bg-chart-3/25 text-ink" },
  ivr_menu: { Icon: ListTree, tint: "bg-chart-1/20 text-ink" },
  ring_group: { Icon: UsersRound, tint: "bg-chart-2/25 text-ink" },
  extension: { Icon: Smartphone, tint: "bg-chart-5/25 text-ink" },
  conference_room: { Icon: Presentation, tint: "bg-chart-5/25 text-ink" },
  assistant: { Icon: Bot, tint: "bg-chart-4/20 text-ink" },
  voicemail: { Icon: Voicemail, tint: "bg-sunken text-ink" },
  forward: { Icon: PhoneForwarded, tint: "bg-sunken text-ink" },
  hangup: { Icon: PhoneOff, tint: "bg-sunken text-muted" },
  outbound_rule: { Icon: Waypoints, tint: "bg-sunken text-ink" },
  trunk: { Icon: Waypoints, tint: "bg-sunken text-ink" },
  prompt: { Icon: Mic, tint: "bg-sunken text-ink" },
};
const OTHER = { Icon: CircleOff, tint: "bg-sunken text-muted" };

export function lookOf(kind: string) {
  return LOOKS[kind] ?? OTHER;
}

/** What people call a box and its exits, in their language. */
export function useFlowNames() {
  const { t } = useWords();
  return {
    kind: (kind: string) => (kind === "forward" ? t("destination.forward") : t(`kinds.${kind}`, kind)),
    name: (node: Pick<FlowNode, "kind" | "label"> & Partial<Pick<FlowNode, "rings" | "missing">>) => {
      if (node.kind === "hangup") return t("flow.ends");
      if (node.missing) return t("flow.gone");
      if (node.kind === "extension" && node.rings?.[0]) return `${node.rings[0].extension_number} ${node.rings[0].name}`.trim();
      return phone(node.label);
    },
    exit: ({ when, keys }: Pick<Exit, "when" | "keys">) => {
      if (keys !== null) return t("flow.key", { keys });
      const cases = when.split("+");
      return cases.length > 2 ? t("flow.when.not_taken") : cases.map((one) => t(`flow.when.${one}`, one)).join(", ");
    },
  };
}
