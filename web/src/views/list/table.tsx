// Rows of a list: a table where there is room, cards on a telephone.

import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, ArrowUpDown } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "@/ui/classes";
import { Skeleton } from "@/ui/panel";
import { Checkbox } from "@/ui/switch";
import { useWords } from "@/words";
import type { Column } from "./columns";
import type { Change, ListState } from "./state";
import { useIsWide } from "./wide";

interface TableProps<View> {
  label: string;
  columns: readonly Column<View>[];
  rows: readonly View[] | undefined;
  state: ListState;
  change: (change: Change) => void;
  pathOf?: (view: View) => string;
  titleOf: (view: View) => string;
  /** Without it nothing can be chosen. */
  selection?: { ids: ReadonlySet<number>; set: (ids: ReadonlySet<number>) => void };
  actions?: (view: View) => ReactNode;
  stale?: boolean;
}

const LOADING_ROWS = 8;

export function Table<View extends { id: number }>(props: TableProps<View>) {
  const Rows = useIsWide() ? Wide : Narrow;
  return (
    <div className={classes("transition-opacity", props.stale && "opacity-60")} aria-busy={props.rows === undefined || props.stale}>
      <Rows {...props} />
    </div>
  );
}

function Wide<View extends { id: number }>({ label, columns, rows, state, change, pathOf, titleOf, selection, actions }: TableProps<View>) {
  const { t } = useWords();
  const all = rows?.length ? rows.every((row) => selection?.ids.has(row.id)) : false;
  const some = rows?.some((row) => selection?.ids.has(row.id));
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left" aria-label={label}>
        <thead>
          <tr className="border-b text-[13px] text-muted">
            {selection && (
              <th scope="col" className="w-10 py-2 pl-4">
                <Checkbox aria-label={t("list.select_all")} checked={all ? true : some ? "indeterminate" : false} onCheckedChange={() => selection.set(all ? new Set() : new Set(rows?.map((row) => row.id)))} />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.name} scope="col" aria-sort={state.sort === column.sort ? (state.order === "asc" ? "ascending" : "descending") : undefined} className={classes("px-4 py-2 font-medium whitespace-nowrap", column.align === "right" && "text-right")}>
                {column.sort ? <SortButton column={column} state={state} change={change} /> : column.title}
              </th>
            ))}
            {actions && <th scope="col" className="w-12"><span className="sr-only">{t("list.actions")}</span></th>}
          </tr>
        </thead>
        <tbody>
          {rows === undefined
            ? Array.from({ length: LOADING_ROWS }, (_, row) => (
                <tr key={row} className="border-b last:border-0">
                  {selection && <td className="py-3 pl-4"><Skeleton className="size-4.5" /></td>}
                  {columns.map((column, at) => <td key={column.name} className="px-4 py-3.5"><Skeleton className={classes("h-4", at === 0 ? "w-40" : "w-20")} /></td>)}
                  {actions && <td />}
                </tr>
              ))
            : rows.map((row) => (
                <tr key={row.id} className={classes("group relative border-b last:border-0 hover:bg-sunken/60", selection?.ids.has(row.id) && "bg-accent-soft/50")}>
                  {selection && (
                    <td className="relative z-1 py-2.5 pl-4">
                      <Checkbox aria-label={t("list.select", { name: titleOf(row) })} checked={selection.ids.has(row.id)} onCheckedChange={() => selection.set(toggled(selection.ids, row.id))} />
                    </td>
                  )}
                  {columns.map((column, at) => (
                    <td key={column.name} className={classes("px-4 py-2.5", column.align === "right" && "text-right tabular-nums")}>
                      {at === 0 && pathOf ? <Link to={pathOf(row)} className="font-medium after:absolute after:inset-0 hover:text-accent-text">{column.cell(row)}</Link> : <div className={classes(at > 0 && "relative z-1 w-fit", column.align === "right" && "ml-auto")}>{column.cell(row)}</div>}
                    </td>
                  ))}
                  {actions && <td className="relative z-1 pr-3 text-right">{actions(row)}</td>}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  );
}

export function SortButton<View>({ column, state, change }: { column: Column<View>; state: ListState; change: (change: Change) => void }) {
  const sorted = state.sort === column.sort;
  const Icon = !sorted ? ArrowUpDown : state.order === "asc" ? ArrowUp : ArrowDown;
  return (
    <button type="button" onClick={() => change({ sort: column.sort, order: sorted && state.order === "asc" ? "desc" : "asc" })} className="inline-flex items-center gap-1.5 rounded hover:text-ink">
      {column.title}
      <Icon className={classes("size-3.5", !sorted && "opacity-40")} aria-hidden />
    </button>
  );
}

/** On a card there is room for a few: the others are on the record's own page. */
const CARD_COLUMNS_MAX = 5;

function Narrow<View extends { id: number }>({ label, columns, rows, pathOf, titleOf, selection, actions }: TableProps<View>) {
  const { t } = useWords();
  const [first, ...others] = columns;
  if (!first) return null;
  return (
    <ul aria-label={label} className="divide-y">
      {rows === undefined
        ? Array.from({ length: LOADING_ROWS }, (_, row) => <li key={row} className="space-y-2 p-4"><Skeleton className="h-4 w-40" /><Skeleton className="h-3.5 w-60" /></li>)
        : rows.map((row) => (
            <li key={row.id} className="relative flex gap-3 p-4">
              {selection && <Checkbox className="relative z-1 mt-0.5" aria-label={t("list.select", { name: titleOf(row) })} checked={selection.ids.has(row.id)} onCheckedChange={() => selection.set(toggled(selection.ids, row.id))} />}
              <div className="min-w-0 grow">
                {pathOf ? <Link to={pathOf(row)} className="font-medium after:absolute after:inset-0">{first.cell(row)}</Link> : <div className="font-medium">{first.cell(row)}</div>}
                <dl className="mt-1.5 grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 gap-y-1 text-[13px]">
                  {others.slice(0, CARD_COLUMNS_MAX).map((column) => (
                    <div key={column.name} className="contents">
                      <dt className="text-muted">{column.title}</dt>
                      <dd className="relative z-1 min-w-0 truncate">{column.cell(row)}</dd>
                    </div>
                  ))}
                </dl>
              </div>
              {actions && <div className="relative z-1">{actions(row)}</div>}
            </li>
          ))}
    </ul>
  );
}

export function toggled(ids: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}
