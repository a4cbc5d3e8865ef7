// What all pages of the settings stand in: the other pages beside them, or the way back where there is no room.

import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import type { ReactNode } from "react";
import { useRole } from "@/api/session";
import { useWords } from "@/words";
import { GROUPS, type Place } from "./places";

/** The groups with the pages that this person may open. */
export function usePlaces(): { name: string; places: Place[] }[] {
  const { is } = useRole();
  return GROUPS.map(({ name, places }) => ({ name, places: places.filter(({ roles }) => !roles || is(...roles)) })).filter(({ places }) => places.length > 0);
}

/** `isInner` for a page below one of these, whose head leads back there. */
export function SettingsFrame({ isInner, children }: { isInner?: boolean; children: ReactNode }) {
  const { t } = useWords("settings");
  const groups = usePlaces();
  return (
    <div className="xl:grid xl:grid-cols-[12.5rem_minmax(0,1fr)] xl:gap-8">
      {!isInner && <Link to="/settings" className="-mt-1 -ml-1 mb-1 inline-flex items-center gap-0.5 rounded text-[13px] text-muted hover:text-ink xl:hidden">
        <ChevronLeft className="size-4" aria-hidden />
        {t("title")}
      </Link>}
      <nav aria-label={t("title")} className="sticky top-20 self-start max-xl:hidden">
        {groups.map((group) => (
          <div key={group.name} className="mb-5">
            <p className="px-2.5 pb-1 text-xs font-medium text-muted">{t(`groups_of.${group.name}`)}</p>
            <ul className="space-y-0.5">
              {group.places.map(({ name, icon: Icon }) => (
                <li key={name}>
                  <Link to={`/settings/${name}`} className="flex items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-ink/85 hover:bg-sunken hover:text-ink [&_svg]:size-4 [&_svg]:text-muted [&.active]:bg-accent-soft [&.active]:font-medium [&.active]:text-accent-text [&.active_svg]:text-accent-text">
                    <Icon aria-hidden />
                    {t(`places.${name}`)}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className="min-w-0 max-w-6xl">{children}</div>
    </div>
  );
}
