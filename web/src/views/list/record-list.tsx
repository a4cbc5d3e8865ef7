// A room's list: filtered, sorted and paged by the server, its state in the URL, with what can be done to many rows at once.

import { Link } from "@tanstack/react-router";
import { Columns3, Download, Plus, SearchX } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { everything, type Params, type Resource, sentenceOf, serialized, useList } from "@/api/resources";
import { count } from "@/format";
import { Button } from "@/ui/button";
import { Menu, MenuChoice, MenuLabel } from "@/ui/menu";
import { Empty, Note } from "@/ui/panel";
import { Segments } from "@/ui/tabs";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";
import { PageHead } from "../page-head";
import { BulkBar, type BulkDeed } from "./bulk";
import { type Column, csvOf, type Filter } from "./columns";
import { saveFile } from "./file";
import { FilterBar } from "./filters";
import { LongList } from "./long-list";
import { Pager } from "./pager";
import { paramsOf, useListState } from "./state";
import { Table } from "./table";

interface RecordListProps<View extends { id: number }> {
  resource: Resource<View>;
  title: string;
  description?: ReactNode;
  columns: readonly Column<View>[];
  filters?: readonly Filter[];
  /** What the search looks into; without it there is none. */
  searchLabel?: string;
  usual: { sort: string; order?: "asc" | "desc" };
  /** What the API is asked with, where it wants other values than the URL shows. */
  asked?: (params: ReturnType<typeof paramsOf>) => ReturnType<typeof paramsOf>;
  /** Asked with every page: what is not for the person to choose. */
  fixed?: Record<string, string | number>;
  pathOf?: (view: View) => string;
  /** Where a new one is made; without it none can be. */
  create?: { to: string; label: string };
  bulk?: readonly BulkDeed[];
  rowActions?: (view: View) => ReactNode;
  actions?: ReactNode;
  /** What to do while there is nothing at all. */
  empty: { icon: ReactNode; title: string; more: ReactNode; actions?: ReactNode };
  /** Where the server itself writes the export, at the filters of the list. */
  exportUrl?: (params: URLSearchParams) => string;
  /** Above the table, under the head. */
  children?: ReactNode;
  /** Inside another screen, which has a head of its own. */
  headless?: boolean;
  /** So long that the server estimates its total and that it may be scrolled through. */
  long?: boolean;
}

export function RecordList<View extends { id: number }>(props: RecordListProps<View>) {
  const { resource, title, columns, filters = [], searchLabel, usual, fixed, pathOf, create, bulk, rowActions, empty } = props;
  const { t } = useWords();
  const [state, change] = useListState(usual);
  const own = paramsOf(state);
  const params = { ...(props.asked?.(own) ?? own), ...fixed, ...(props.long && { total: state.exact ? "exact" : "estimate" }) };
  const scrolls = props.long === true && state.scrolls;
  const list = useList(resource, params, !scrolls);
  const [ids, setIds] = useState<ReadonlySet<number>>(new Set());
  const page = list.data;
  // Chosen rows that are not seen any more are not acted upon.
  useEffect(() => setIds((before) => new Set([...before].filter((id) => page?.data.some((row) => row.id === id)))), [page]);
  const shown = columns.filter((column, at) => at === 0 || (state.columns ? state.columns.includes(column.name) : !column.extra));
  const filtered = state.search !== "" || Object.keys(state.filters).length > 0;
  const nothing = page?.total === 0;
  // The last rows of the last page are gone, or an address names a page that there is not.
  const isBeyond = page !== undefined && !nothing && page.data.length === 0 && page.page > page.lastPage;
  useEffect(() => {
    if (isBeyond) change({ page: page.lastPage });
  }, [isBeyond, page?.lastPage, change]);
  const createButton = create && <Button asChild look="primary"><Link to={create.to}><Plus aria-hidden />{create.label}</Link></Button>;
  return (
    <>
      {!props.headless && <PageHead title={title} description={props.description} actions={<>{props.actions}{createButton}</>} />}
      {props.children}
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <FilterBar state={state} change={change} filters={filters} searchLabel={searchLabel} />
        <div className="ml-auto flex gap-2">
          {props.headless && props.actions}
          {props.headless && createButton}
          {props.long && <Segments label={t("list.view")} value={state.scrolls ? "scroll" : "pages"} onValue={(view) => change({ view: view === "scroll" ? view : undefined })} options={[{ value: "pages", label: t("list.pages") }, { value: "scroll", label: t("list.scroll") }]} />}
          <ColumnMenu columns={columns} shown={shown} onChange={(names) => change({ cols: names?.join(","), page: state.page })} />
          <ExportButton {...props} params={params} />
        </div>
      </div>
      {list.isError && <Note tone="bad" className="mb-3" title={t("list.failed")} actions={<Button size="small" onClick={() => void list.refetch()}>{t("again")}</Button>}>{sentenceOf(list.error, t("failed.network"))}</Note>}
      {scrolls && <LongList resource={resource} params={params} label={title} columns={shown} state={state} change={change} pathOf={pathOf} />}
      {!scrolls && <div className="overflow-hidden rounded-2xl border bg-surface shadow-xs">
        {nothing && !filtered ? (
          <Empty icon={empty.icon} title={empty.title} actions={<>{empty.actions}{createButton}</>}>{empty.more}</Empty>
        ) : nothing ? (
          <Empty icon={<SearchX aria-hidden />} title={t("list.none")}>{t("list.none_more")}</Empty>
        ) : (
          <Table
            label={title}
            columns={shown}
            rows={list.isError ? [] : isBeyond ? undefined : page?.data}
            state={state}
            change={change}
            pathOf={pathOf}
            titleOf={resource.title}
            selection={bulk?.length ? { ids, set: setIds } : undefined}
            actions={rowActions}
            stale={list.isPlaceholderData}
          />
        )}
        {page && !nothing && !isBeyond && <Pager page={page} state={state} change={change} onExact={props.long ? () => change({ total: "exact", page: state.page }) : undefined} />}
      </div>}
      {bulk && ids.size > 0 && <BulkBar resource={resource} deeds={bulk} ids={ids} rows={page?.data ?? []} onDone={() => setIds(new Set())} />}
    </>
  );
}

function ColumnMenu<View>({ columns, shown, onChange }: { columns: readonly Column<View>[]; shown: readonly Column<View>[]; onChange: (names: string[] | undefined) => void }) {
  const { t } = useWords();
  const toggle = (name: string, on: boolean) => onChange(columns.map((column) => column.name).filter((one) => (one === name ? on : shown.some((column) => column.name === one))));
  return (
    <Menu trigger={<Button size="icon" aria-label={t("list.columns")} className="max-md:hidden"><Columns3 aria-hidden /></Button>}>
      <MenuLabel>{t("list.columns")}</MenuLabel>
      {columns.slice(1).map((column) => (
        <MenuChoice key={column.name} checked={shown.includes(column)} onCheckedChange={(on) => toggle(column.name, on)}>{column.title}</MenuChoice>
      ))}
    </Menu>
  );
}

function ExportButton<View extends { id: number }>({ resource, columns, exportUrl, params }: RecordListProps<View> & { params: ReturnType<typeof paramsOf> }) {
  const { t } = useWords();
  const [progress, setProgress] = useState<string>();
  const label = t("list.export");
  if (exportUrl) {
    const { page: _page, per_page: _per, total: _total, ...filters } = params as Params;
    const query = new URLSearchParams(serialized(filters));
    return <Button asChild size="icon"><a href={exportUrl(query)} download aria-label={label}><Download aria-hidden /></a></Button>;
  }
  const run = async () => {
    setProgress("…");
    try {
      const { rows, whole } = await everything(resource, params as never, (done, total) => setProgress(`${count(done)} / ${count(total)}`));
      saveFile(`${resource.path.replaceAll("/", "-")}.csv`, "text/csv;charset=utf-8", csvOf(columns, rows));
      if (!whole) tell(t("list.export_cut", { count: rows.length }), { tone: "bad" });
    } catch (error) {
      tell(sentenceOf(error, t("failed.network")), { tone: "bad" });
    } finally {
      setProgress(undefined);
    }
  };
  return (
    <Button size={progress ? "normal" : "icon"} aria-label={label} onClick={() => void run()} busy={progress !== undefined}>
      {progress ?? <Download aria-hidden />}
    </Button>
  );
}
