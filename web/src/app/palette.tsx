// The command palette: any room, record or action by typing a part of its name.

import { useNavigate } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { ArrowRight, Plus } from "lucide-react";
import { useDeferredValue, useEffect, useState } from "react";
import { ask } from "@/api/resources";
import { useRole } from "@/api/session";
import { useWords } from "@/words";
import { GROUPS, roomsOf } from "./rooms";
import { roomOfKind } from "@/views/kinds";

interface Found {
  kind: string;
  id: number;
  title: string;
  subtitle?: string | null;
}

const RESULTS_MAX = 12;
/** Rooms in which something is made, and where. */
const MADE = ["extensions", "ring-groups", "ivr-menus", "business-hours", "numbers", "users"];
const ITEM = "flex cursor-default items-center gap-3 rounded-lg px-3 py-2 data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent-text [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted";
const HEADING = "[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-muted";

export function Palette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useWords();
  const { is } = useRole();
  const go = useNavigate();
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const search = useQuery({
    queryKey: ["search", wanted],
    queryFn: async ({ signal }) => (await ask<{ data: Found[] }>("get", "search", { params: { q: wanted, limit: RESULTS_MAX }, signal })).data.data,
    enabled: open && wanted.length > 0,
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onOpenChange(!open);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [open, onOpenChange]);
  const enter = (path: string) => {
    onOpenChange(false);
    setText("");
    void go({ to: path });
  };
  const offered = GROUPS.flatMap(roomsOf).filter((room) => !room.roles || is(...room.roles));
  return (
    <Command.Dialog
      open={open}
      onOpenChange={onOpenChange}
      label={t("palette.open")}
      overlayClassName="fixed inset-0 z-40 bg-black/45 animate-fade"
      contentClassName="fixed top-[12dvh] left-1/2 z-50 w-[calc(100vw-1.5rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-2xl border bg-raised shadow-float animate-fade"
    >
      <Command.Input value={text} onValueChange={setText} placeholder={t("palette.placeholder")} className="w-full border-b bg-transparent px-5 py-4 text-base outline-none placeholder:text-muted" />
      <Command.List className="max-h-[55dvh] overflow-y-auto p-2">
        <Command.Empty className="px-3 py-8 text-center text-muted">{search.isFetching ? t("loading") : t("palette.none", { text })}</Command.Empty>
        {search.data && search.data.length > 0 && (
          <Command.Group heading={t("palette.records")} className={HEADING}>
            {search.data.map((found) => (
              // The server found it by what was typed; it stays, whatever its name.
              <Command.Item key={`${found.kind}.${found.id}`} value={`${found.kind}.${found.id}`} keywords={[text, found.title]} onSelect={() => enter(roomOfKind(found.kind, found.id))} className={ITEM}>
                <span className="min-w-0 grow truncate">{found.title}</span>
                <span className="max-w-[50%] truncate text-muted">{[t(`kinds.${found.kind}`, found.kind), found.subtitle].filter(Boolean).join(" · ")}</span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
        <Command.Group heading={t("palette.rooms")} className={HEADING}>
          {offered.map((room) => (
            <Command.Item key={room.name} value={`room ${room.name}`} keywords={[t(`rooms.${room.name}`)]} onSelect={() => enter(`/${room.name}`)} className={ITEM}>
              <room.icon aria-hidden />
              <span className="grow">{t(`rooms.${room.name}`)}</span>
              <ArrowRight aria-hidden />
            </Command.Item>
          ))}
        </Command.Group>
        {is("owner", "pbx_admin") && (
          <Command.Group heading={t("palette.actions")} className={HEADING}>
            {offered.filter((room) => MADE.includes(room.name)).map((room) => (
              <Command.Item key={room.name} value={`new ${room.name}`} keywords={[t("palette.new"), t(`rooms.${room.name}`)]} onSelect={() => enter(`/${room.name}/new`)} className={ITEM}>
                <Plus aria-hidden />
                {t("palette.new_in", { room: t(`rooms.${room.name}`) })}
              </Command.Item>
            ))}
          </Command.Group>
        )}
      </Command.List>
    </Command.Dialog>
  );
}
