// All settings at a glance: each page with what it is for.

import { Link } from "@tanstack/react-router";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { usePlaces } from "./frame";

export function SettingsPage() {
  const { t } = useWords("settings");
  return (
    <>
      <PageHead title={t("title")} description={t("about")} />
      <div className="space-y-8">
        {usePlaces().map((group) => (
          <section key={group.name} aria-label={t(`groups_of.${group.name}`)}>
            <h2 className="mb-2.5 text-[13px] font-medium text-muted">{t(`groups_of.${group.name}`)}</h2>
            <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
              {group.places.map(({ name, icon: Icon }) => (
                <li key={name}>
                  <Link to={`/settings/${name}`} className="flex h-full gap-3.5 rounded-2xl border bg-surface p-4 shadow-xs transition-colors hover:border-line-strong hover:bg-sunken/40">
                    <span className="flex size-9 shrink-0 items-center justify-center rounded-xl bg-accent-soft text-accent-text"><Icon className="size-4.5" aria-hidden /></span>
                    <span className="min-w-0">
                      <span className="block font-semibold">{t(`places.${name}`)}</span>
                      <span className="mt-0.5 block text-[13px] text-muted">{t(`places_more.${name}`)}</span>
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}
