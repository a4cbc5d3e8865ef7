// Where a call goes, by name: linked to its record, with a word where it takes no calls.

import { Link } from "@tanstack/react-router";
import { Bot, Clock, ListTree, type LucideIcon, Phone, PhoneForwarded, PhoneOff, Presentation, UsersRound, Voicemail } from "lucide-react";
import { useRole } from "@/api/session";
import type { TargetKind } from "@/fields/destination";
import { type DestinationView, kindOf } from "@/fields/destination-values";
import { phone } from "@/format";
import { Badge } from "@/ui/badge";
import { useWords } from "@/words";
import { roomOfKind } from "./kinds";

export const DESTINATION_ICONS: Record<TargetKind, LucideIcon> = {
  extension: Phone,
  ring_group: UsersRound,
  ivr_menu: ListTree,
  business_hours: Clock,
  conference_room: Presentation,
  assistant: Bot,
  voicemail: Voicemail,
  forward: PhoneForwarded,
  hangup: PhoneOff,
};

/** Why nobody takes a call there, as far as the record itself says. */
export function brokenBy({ type, id, status }: DestinationView): "gone" | "inactive" | undefined {
  if (type === "forward" || type === "hangup") return undefined;
  if (type === null || id === null || status === null) return "gone";
  return status === "inactive" ? "inactive" : undefined;
}

/** What it is called, in one line: for exports and titles. */
export function destinationText({ number, name, to }: DestinationView): string {
  return [number, name ?? to].filter(Boolean).join(" ");
}

export function DestinationLink({ destination, plain }: { destination: DestinationView; plain?: boolean }) {
  const { t } = useWords();
  const { is } = useRole();
  const { id, to } = destination;
  const type = destination.type && kindOf(destination.type);
  const Icon = type ? DESTINATION_ICONS[type] : PhoneOff;
  const broken = brokenBy(destination);
  const kind = type ? t(`destination.${type}`) : t("destination.unknown");
  const name = destinationText({ ...destination, to: type === "forward" && to ? phone(to) : to }) || kind;
  return (
    <span className="flex max-w-full min-w-0 items-center gap-2">
      <Icon className="size-4 shrink-0 text-muted" aria-hidden />
      {name !== kind && <span className="sr-only">{kind}</span>}
      {type && id !== null && !plain && broken !== "gone" ? (
        <Link to={roomOfKind(type, id)} className="truncate rounded hover:text-accent-text hover:underline">{name}</Link>
      ) : (
        <span className="truncate">{name}</span>
      )}
      {/* A user sees no boxes of others: what is not shown to them may well be there. */}
      {broken && !(broken === "gone" && is("pbx_user")) && <Badge tone={broken === "gone" ? "bad" : "warn"}>{t(`destination.${broken}`)}</Badge>}
    </span>
  );
}
