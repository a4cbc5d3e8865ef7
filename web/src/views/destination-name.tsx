// Where a call goes, by name, and the way to the room of it.

import { Link } from "@tanstack/react-router";
import { Bot, Clock, ListTree, type LucideIcon, PhoneForwarded, PhoneOff, SmartphoneNfc, UsersRound, Video, Voicemail } from "lucide-react";
import { type Resource, useRecord } from "@/api/resources";
import { type Destination, resourceOfKind, type TargetKind } from "@/fields/destination";
import { phone } from "@/format";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";
import { roomOfKind } from "./kinds";

export const KIND_ICONS: Record<TargetKind, LucideIcon> = {
  extension: SmartphoneNfc,
  ring_group: UsersRound,
  ivr_menu: ListTree,
  business_hours: Clock,
  conference_room: Video,
  assistant: Bot,
  voicemail: Voicemail,
  forward: PhoneForwarded,
  hangup: PhoneOff,
};

/** What a record is called, once it was asked. Nothing where there is none to ask for. */
export function useRecordName(resource: Resource<{ id: number }> | undefined, id: number | null): string | undefined {
  const { t } = useWords();
  const record = useRecord(resource ?? NONE, resource && id !== null ? id : undefined);
  if (!resource || id === null) return undefined;
  return record.data ? resource.title(record.data.view) : record.isError ? t("destination.gone") : "…";
}

/** The record's own name where there is one, else what the kind says. Nothing while none is chosen. */
export function useDestinationName({ type, id, to }: Destination): string | undefined {
  const { t } = useWords();
  const name = useRecordName(resourceOfKind(type), id);
  if (type === "hangup") return t("destination.hangup");
  if (type === "forward") return to ? phone(to) : undefined;
  return name;
}

const NONE = { path: "", model: "", title: () => "" };

export function DestinationName({ destination, className, plain }: { destination: Destination; className?: string; plain?: boolean }) {
  const { t } = useWords();
  const name = useDestinationName(destination);
  const Icon = KIND_ICONS[destination.type];
  const content = (
    <>
      <Icon className="size-3.5 shrink-0 text-muted" aria-label={t(`destination.${destination.type}`)} />
      <span className="truncate">{name ?? t("destination.none")}</span>
    </>
  );
  const look = classes("inline-flex max-w-full min-w-0 items-center gap-1.5 align-middle", className);
  if (plain || destination.id === null || !resourceOfKind(destination.type)) return <span className={look}>{content}</span>;
  return <Link to={roomOfKind(destination.type, destination.id)} className={classes(look, "hover:text-accent-text hover:underline")}>{content}</Link>;
}
