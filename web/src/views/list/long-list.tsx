// A list of any length that is scrolled through: only the rows in sight are drawn, and only their pages are asked for.

import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { SearchX } from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import { listOptions, type Params, PER_PAGE_MAX, type Resource, sentenceOf, useList } from "@/api/resources";
import { count } from "@/format";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Empty, Note, Skeleton } from "@/ui/panel";
import { useWords } from "@/words";
import type { Column } from "./columns";
import type { Change, ListState } from "./state";
import { SortButton } from "./table";
import { useIsWide } from "./wide";

interface LongListProps<View extends { id: number }> {
  resource: Resource<View>;
  params: Record<string, unknown>;
  label: string;
  columns: readonly Column<View>[];
  state: ListState;
  change: (change: Change) => void;
  pathOf?: (view: View) => string;
}

/** Two lines in a cell; on a telephone, two such rows in one. */
const ROW_PX = { wide: 61, narrow: 116 };
/** Pages that only pass by while the bar is dragged are not asked for. */
const SETTLED_MS = 120;
/** Browsers draw no taller boxes than some ten million pixels. */
const ROWS_MAX = 400_000;

export function LongList<View extends { id: number }>({ resource, params, label, columns, state, change, pathOf }: LongListProps<View>) {
  const { t } = useWords();
  const frame = useRef<HTMLDivElement>(null);
  const isWide = useIsWide();
  const { page: _page, per_page: _per, ...asked } = params as Params;
  const first = useList(resource, { ...asked, page: 1, per_page: PER_PAGE_MAX });
  const total = Math.min(first.data?.total ?? 0, ROWS_MAX);
  const rowPx = isWide ? ROW_PX.wide : ROW_PX.narrow;
  const rows = useVirtualizer({ count: total, getScrollElement: () => frame.current, estimateSize: () => rowPx, overscan: 10 });
  useEffect(() => rows.measure(), [rows, rowPx]);
  const items = rows.getVirtualItems();
  const pages = useSettled([...new Set(items.map(({ index }) => pageOf(index)))]);
  const loaded = useQueries({ queries: pages.map((page) => ({ ...listOptions(resource, { ...asked, page, per_page: PER_PAGE_MAX }), placeholderData: undefined })) });
  const rowAt = (index: number) => loaded[pages.indexOf(pageOf(index))]?.data?.data[index % PER_PAGE_MAX];
  const last = items.at(-1)?.index ?? 0;
  const isEstimate = first.data?.totalIsEstimate ?? false;
  useEffect(() => {
    // Behind an estimate there is more: whoever scrolls to its end wants to go on.
    if (isEstimate && last >= total - 1) change({ total: "exact", page: undefined });
  }, [isEstimate, last, total, change]);
  const template = isWide ? columns.map((column, at) => column.width ?? (at === 0 ? "minmax(11rem,1.5fr)" : "minmax(6.5rem,1fr)")).join(" ") : "minmax(0,1fr)";
  if (first.isError) return <Note tone="bad" title={t("list.failed")} actions={<Button size="small" onClick={() => void first.refetch()}>{t("again")}</Button>}>{sentenceOf(first.error, t("failed.network"))}</Note>;
  if (first.data && total === 0) return <div className="rounded-2xl border bg-surface shadow-xs"><Empty icon={<SearchX aria-hidden />} title={t("list.none")}>{t("list.none_more")}</Empty></div>;
  return (
    <div role="table" aria-label={label} aria-rowcount={isEstimate ? -1 : total + 1} aria-busy={first.isPending} className={classes("overflow-hidden rounded-2xl border bg-surface shadow-xs", first.isPlaceholderData && "opacity-60")}>
      <div ref={frame} tabIndex={0} className="h-[min(70dvh,56rem)] overflow-auto">
        <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }} className="sticky top-0 z-2 grid border-b bg-surface text-[13px] text-muted max-md:hidden">
          {columns.map((column) => (
            <div key={column.name} role="columnheader" aria-sort={state.sort === column.sort ? (state.order === "asc" ? "ascending" : "descending") : undefined} className={classes("px-4 py-2 font-medium whitespace-nowrap", column.align === "right" && "text-right")}>
              {column.sort ? <SortButton column={column} state={state} change={change} /> : column.title}
            </div>
          ))}
        </div>
        <div role="rowgroup" className="relative" style={{ height: rows.getTotalSize() || rowPx * 8 }}>
          {first.isPending && Array.from({ length: 8 }, (_, row) => <Skeleton key={row} className="mx-4 my-3.5 h-4" />)}
          {items.map(({ index, start, size }) => (
            <Row key={index} index={index} start={start} size={size} template={template} row={rowAt(index)} columns={columns} pathOf={pathOf} isWide={isWide} />
          ))}
        </div>
      </div>
      <footer className="flex flex-wrap items-center gap-3 border-t px-4 py-2.5 text-[13px] text-muted tabular-nums">
        {first.data && t(isEstimate ? "list.scrolled_about" : "list.scrolled", { total: count(first.data.total) })}
        {isEstimate && <Button look="link" size="small" className="px-1" onClick={() => change({ total: "exact" })}>{t("list.exact")}</Button>}
      </footer>
    </div>
  );
}

/** On a telephone a row is two lines. */
const NARROW_COLUMNS = 4;

interface RowProps<View> {
  index: number;
  start: number;
  size: number;
  template: string;
  row: View | undefined;
  columns: readonly Column<View>[];
  pathOf: ((view: View) => string) | undefined;
  isWide: boolean;
}

function DrawnRow<View>({ index, start, size, template, ...cells }: RowProps<View>) {
  return (
    <div role="row" aria-rowindex={index + 2} style={{ gridTemplateColumns: template, height: size, transform: `translateY(${start}px)` }} className="absolute inset-x-0 top-0 grid content-center items-center border-b hover:bg-sunken/60">
      <Cells {...cells} />
    </div>
  );
}

/** Whoever scrolls waits for new rows only, not for those that were there. */
const Row = memo(DrawnRow) as typeof DrawnRow;

function Cells<View>({ row, columns: all, pathOf, isWide }: Omit<RowProps<View>, "index" | "start" | "size" | "template">) {
  const columns = isWide ? all : all.slice(0, NARROW_COLUMNS);
  if (!row) return columns.map((column, at) => <div key={column.name} role="cell" className={classes("px-4", !isWide && at > 0 && "hidden")}><Skeleton className={classes("h-4", at === 0 ? "w-32" : "w-16")} /></div>);
  const [head, ...others] = columns;
  if (!head) return null;
  const title = pathOf ? <Link to={pathOf(row)} className="font-medium after:absolute after:inset-0 hover:text-accent-text">{head.cell(row)}</Link> : head.cell(row);
  if (isWide)
    return (
      <>
        <div role="cell" className="min-w-0 truncate px-4">{title}</div>
        {others.map((column) => <div key={column.name} role="cell" className="min-w-0 truncate px-4"><div className={classes("relative z-1 w-fit max-w-full truncate", column.align === "right" && "ml-auto tabular-nums")}>{column.cell(row)}</div></div>)}
      </>
    );
  const [below, beside, under] = others;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-1.5 px-4">
      <div role="cell" className="min-w-0 truncate">{title}</div>
      {beside && <div role="cell" className="relative z-1">{beside.cell(row)}</div>}
      {below && <div role="cell" className="relative z-1 min-w-0 truncate text-[13px]">{below.cell(row)}</div>}
      {under && <div role="cell" className="relative z-1 text-right text-[13px]">{under.cell(row)}</div>}
    </div>
  );
}

function pageOf(index: number): number {
  return Math.floor(index / PER_PAGE_MAX) + 1;
}

/** The pages in sight once the hand rests; at first at once. */
function useSettled(pages: number[]): number[] {
  const [settled, setSettled] = useState(pages);
  const key = pages.join();
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key === "" ? [] : key.split(",").map(Number)), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}
