// The command palette: any room, record or action by typing a part of its name.

import { useNavigate } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { ArrowRight, Languages, LogOut, Plus } from "lucide-react";
import { useDeferredValue, useEffect, useState } from "react";
import { ask } from "@/api/resources";
import { useRole, useSignOut } from "@/api/session";
import { roomOfKind } from "@/views/kinds";
import { LANGUAGES, language, speak, useWords } from "@/words";
import type { Room } from "./feature";
import { GROUPS, roomsOf } from "./rooms";
import { THEME_ICONS, THEMES, useTheme } from "./theme";

interface Found {
  kind: string;
  id: number;
  title: string;
  subtitle?: string | null;
}

const RESULTS_MAX = 12;
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
  const run = (deed: () => void) => {
    onOpenChange(false);
    setText("");
    deed();
  };
  const enter = (path: string) => run(() => void go({ to: path }));
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
        <Command.Group heading={t("palette.actions")} className={HEADING}>
          {is("owner", "pbx_admin") && <Making rooms={offered} enter={enter} />}
          <OfTheFrame run={run} />
        </Command.Group>
      </Command.List>
    </Command.Dialog>
  );
}

/** Whatever a room has a screen to make it at. */
function Making({ rooms, enter }: { rooms: readonly Room[]; enter: (path: string) => void }) {
  const { t } = useWords();
  return rooms.flatMap((room) =>
    room.screens.map(({ path, makes }) => {
      if (!makes) return null;
      const name = t("palette.new", { kind: t(`kinds.${makes}`) });
      return <Command.Item key={path} value={path} keywords={[name, t(`rooms.${room.name}`)]} onSelect={() => enter(path)} className={ITEM}><Plus aria-hidden />{name}</Command.Item>;
    }),
  );
}

/** What the menu of the account does. */
function OfTheFrame({ run }: { run: (deed: () => void) => void }) {
  const { t } = useWords();
  const [theme, setTheme] = useTheme();
  const signOut = useSignOut();
  return (
    <>
      {THEMES.filter((other) => other !== theme).map((other) => {
        const Icon = THEME_ICONS[other];
        return (
          <Command.Item key={other} value={`theme ${other}`} keywords={[t("shell.theme"), t(`themes.${other}`)]} onSelect={() => run(() => setTheme(other))} className={ITEM}>
            <Icon aria-hidden />
            <span className="grow">{t(`themes.${other}`)}</span>
            <span className="text-muted">{t("shell.theme")}</span>
          </Command.Item>
        );
      })}
      {LANGUAGES.filter(({ code }) => code !== language()).map(({ code, name }) => (
        <Command.Item key={code} value={`language ${code}`} keywords={[t("shell.language"), name]} onSelect={() => run(() => void speak(code))} className={ITEM}>
          <Languages aria-hidden />
          <span lang={code} className="grow">{name}</span>
          <span className="text-muted">{t("shell.language")}</span>
        </Command.Item>
      ))}
      <Command.Item value="sign out" keywords={[t("shell.sign_out")]} onSelect={() => run(() => void signOut())} className={ITEM}>
        <LogOut aria-hidden />
        {t("shell.sign_out")}
      </Command.Item>
    </>
  );
}
