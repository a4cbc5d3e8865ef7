// Which rows of how many are shown, and the way to the others.

import { ChevronLeft, ChevronRight } from "lucide-react";
import type { Page } from "@/api/resources";
import { count } from "@/format";
import { Button } from "@/ui/button";
import { Select } from "@/ui/select";
import { useWords } from "@/words";
import { type Change, type ListState, PER_PAGE } from "./state";

interface PagerProps {
  page: Page<unknown>;
  state: ListState;
  change: (change: Change) => void;
  /** Asks for the exact total where an estimate is shown. */
  onExact?: () => void;
}

export function Pager({ page, state, change, onExact }: PagerProps) {
  const { t } = useWords();
  const first = (page.page - 1) * state.per + 1;
  const last = first + page.data.length - 1;
  return (
    <footer className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t px-4 py-2.5 text-[13px] text-muted">
      <p className="tabular-nums">
        {t(page.totalIsEstimate ? "list.shown_about" : "list.shown", { first: count(first), last: count(last), total: count(page.total) })}
        {page.totalIsEstimate && onExact && <Button look="link" size="small" className="ml-1 px-1" onClick={onExact}>{t("list.exact")}</Button>}
      </p>
      <div className="ml-auto flex items-center gap-2">
        <Select aria-label={t("list.per_page")} value={String(state.per)} onValue={(per) => change({ per })} options={PER_PAGE.map((size) => ({ value: String(size), label: t("list.per", { count: size }) }))} className="w-32 max-sm:hidden" />
        <Button size="icon" aria-label={t("list.previous")} disabled={page.page <= 1} onClick={() => change({ page: page.page - 1 })}><ChevronLeft aria-hidden /></Button>
        <span className="tabular-nums">{t("list.page", { page: count(page.page), last: count(page.lastPage) })}</span>
        <Button size="icon" aria-label={t("list.next")} disabled={page.page >= page.lastPage} onClick={() => change({ page: page.page + 1 })}><ChevronRight aria-hidden /></Button>
      </div>
    </footer>
  );
}
