// Extensions of which one side says otherwise than the other.

import { Link } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";
import { useState } from "react";
import type { components } from "@/api/schema";
import { count } from "@/format";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { useWords } from "@/words";

type Row = components["schemas"]["DifferenceView"];

const FEW = 12;

interface DifferencesProps {
  icon: LucideIcon;
  title: string;
  more: string;
  rows: readonly Row[];
  /** Says of each whether it works at the carrier. */
  there?: boolean;
  /** No difference, and shown only when asked for. */
  folded?: boolean;
}

export function Differences({ icon: Icon, title, more, rows, there, folded }: DifferencesProps) {
  const { t } = useWords("extensions");
  const [all, setAll] = useState(false);
  if (rows.length === 0) return null;
  const shown = all ? rows : rows.slice(0, folded ? 0 : FEW);
  return (
    <section aria-label={title} className="overflow-hidden rounded-2xl border bg-surface shadow-xs">
      <header className="flex items-start gap-3 px-5 py-4">
        <Icon className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
        <div className="min-w-0 grow">
          <h2 className="text-[15px] font-semibold">{title}</h2>
          <p className="text-muted">{more}</p>
        </div>
        <Badge tone={folded ? "neutral" : "warn"}>{count(rows.length)}</Badge>
      </header>
      {shown.length > 0 && (
        <ul className="divide-y border-t">
          {shown.map((row) => (
            <li key={row.extension_number} className="flex items-center gap-4 px-5 py-2.5">
              <span className="w-14 shrink-0 font-medium tabular-nums">{row.extension_number}</span>
              <span className="min-w-0 grow truncate">
                {row.extension_id === null ? <span className="text-muted">{row.name ?? t("not_here")}</span> : <Link to={`/extensions/${row.extension_id}`} className="rounded hover:text-accent-text hover:underline">{row.name}</Link>}
              </span>
              {there && <Badge tone={row.active ? "good" : "neutral"}>{t(row.active ? "active_there" : "inactive_there")}</Badge>}
            </li>
          ))}
        </ul>
      )}
      {rows.length > shown.length && <div className="border-t px-3 py-2 text-center"><Button look="link" size="small" onClick={() => setAll(true)}>{t("show_all", { count: rows.length })}</Button></div>}
    </section>
  );
}
