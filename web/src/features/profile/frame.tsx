// What the pages of the profile stand in: the way from one to the other.

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useRole } from "@/api/session";
import { useWords } from "@/words";

const PLACES = [
  { path: "/profile", name: "person" },
  { path: "/profile/telephone", name: "telephone" },
  { path: "/profile/security", name: "security" },
] as const;

export function ProfileFrame({ children }: { children: ReactNode }) {
  const { t } = useWords("profile");
  const { is } = useRole();
  const places = PLACES.filter(({ name }) => name !== "telephone" || !is("reporter"));
  return (
    <div className="mx-auto max-w-4xl">
      <nav aria-label={t("title")} className="mb-5 flex gap-1 overflow-x-auto border-b">
        {places.map(({ path, name }) => (
          <Link key={path} to={path} activeOptions={{ exact: true }} className="-mb-px border-b-2 border-transparent px-3 py-2 font-medium whitespace-nowrap text-muted hover:text-ink [&.active]:border-accent [&.active]:text-ink">
            {t(`places.${name}`)}
          </Link>
        ))}
      </nav>
      {children}
    </div>
  );
}
