// Between the two shelves of the library.

import { Link } from "@tanstack/react-router";
import { useWords } from "@/words";

const SHELVES = [
  { to: "/recordings", key: "sounds" },
  { to: "/recordings/texts", key: "texts" },
] as const;

export function Shelves() {
  const { t } = useWords("recordings");
  return (
    <nav aria-label={t("shelves")} className="mb-5 flex gap-1 border-b">
      {SHELVES.map(({ to, key }) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }} className="-mb-px border-b-2 border-transparent px-3 py-2 font-medium text-muted hover:text-ink [&.active]:border-accent [&.active]:text-ink">
          {t(key)}
        </Link>
      ))}
    </nav>
  );
}
