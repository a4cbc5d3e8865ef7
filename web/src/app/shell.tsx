// The frame around the rooms: navigation, search, who is signed in, and whether the page is live.

import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { Menu as MenuIcon, PhoneCall, Search, X } from "lucide-react";
import { Suspense, useEffect, useState } from "react";
import { useLive } from "@/api/live";
import { useMe, useRole } from "@/api/session";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Toasts } from "@/ui/toast";
import { useWords } from "@/words";
import { Account } from "./account";
import { Ended } from "./ended";
import { LiveMark } from "./live-mark";
import { Palette } from "./palette";
import { GROUPS, roomsOf } from "./rooms";
import { Starting } from "./starting";

export function Shell() {
  const { t } = useWords();
  const me = useMe();
  const [navigating, setNavigating] = useState(false);
  const [searching, setSearching] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useLive(me.organization.id);
  useEffect(() => setNavigating(false), [path]);
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15.5rem_minmax(0,1fr)]">
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-60 focus:rounded-lg focus:bg-accent focus:px-4 focus:py-2 focus:text-accent-ink">
        {t("shell.skip")}
      </a>
      {navigating && <div className="fixed inset-0 z-30 bg-black/45 lg:hidden" onClick={() => setNavigating(false)} aria-hidden />}
      <aside
        className={classes(
          "fixed inset-y-0 left-0 z-40 flex w-64 flex-col border-r bg-surface max-lg:transition-transform lg:sticky lg:top-0 lg:h-dvh lg:w-auto lg:translate-x-0",
          navigating ? "translate-x-0 shadow-float" : "-translate-x-full max-lg:invisible",
        )}
      >
        <div className="flex h-14 items-center gap-2.5 px-5">
          <Mark />
          <span className="min-w-0 grow truncate font-semibold">{me.organization.name}</span>
          <Button look="ghost" size="tiny" className="lg:hidden" aria-label={t("shell.close_menu")} onClick={() => setNavigating(false)}><X aria-hidden /></Button>
        </div>
        <Navigation />
      </aside>
      <div className="flex min-w-0 flex-col">
        <header className="sticky top-0 z-20 flex h-14 items-center gap-2 border-b bg-page/85 px-4 backdrop-blur-md sm:px-6">
          <Button look="ghost" size="icon" className="-ml-2 lg:hidden" aria-label={t("shell.open_menu")} aria-expanded={navigating} onClick={() => setNavigating(true)}><MenuIcon aria-hidden /></Button>
          <button
            type="button"
            onClick={() => setSearching(true)}
            className="flex h-9 min-w-0 grow items-center gap-2.5 rounded-lg border bg-surface px-3 text-left text-muted shadow-xs hover:border-line-strong sm:max-w-80"
          >
            <Search className="size-4 shrink-0" aria-hidden />
            <span className="grow truncate">{t("palette.open")}</span>
            <kbd className="hidden rounded border bg-sunken px-1.5 py-0.5 font-sans text-[11px] sm:block">Ctrl K</kbd>
          </button>
          <div className="ml-auto flex items-center gap-1.5">
            <LiveMark />
            <Account />
          </div>
        </header>
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[100rem] grow px-4 py-6 focus:outline-none sm:px-6 lg:px-8">
          <Suspense fallback={<Starting />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Palette open={searching} onOpenChange={setSearching} />
      <Ended />
      <Toasts label={t("shell.notices")} closeLabel={t("close")} />
    </div>
  );
}

function Mark() {
  return (
    <span className="flex size-7 shrink-0 items-center justify-center rounded-lg bg-accent text-accent-ink">
      <PhoneCall className="size-4" aria-hidden />
    </span>
  );
}

function Navigation() {
  const { t } = useWords();
  const { is } = useRole();
  return (
    <nav aria-label={t("shell.rooms")} className="grow overflow-y-auto px-3 pb-6">
      {GROUPS.map((group) => {
        const offered = roomsOf(group).filter((room) => !room.roles || is(...room.roles));
        if (offered.length === 0) return null;
        return (
          <div key={group.name} className="mt-4 first:mt-1">
            <p className="px-2.5 pb-1 text-xs font-medium text-muted">{t(`groups.${group.name}`)}</p>
            <ul>
              {offered.map((room) => (
                <li key={room.name}>
                  <Link
                    to={`/${room.name}`}
                    className="flex items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-ink/85 hover:bg-sunken hover:text-ink max-lg:py-2.5 [&_svg]:size-4 [&_svg]:text-muted [&.active]:bg-accent-soft [&.active]:font-medium [&.active]:text-accent-text [&.active_svg]:text-accent-text"
                  >
                    <room.icon aria-hidden />
                    {t(`rooms.${room.name}`)}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}
