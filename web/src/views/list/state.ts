// What a list shows stands in the URL: it can be kept, sent to somebody, and gone back to.

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

export interface ListState {
  search: string;
  sort: string;
  order: "asc" | "desc";
  page: number;
  per: number;
  /** Filters by the name that the API has for them. */
  filters: Record<string, string>;
  /** Names of the columns that are shown; without, the usual ones. */
  columns: string[] | undefined;
  /** Of a long list: counted to the end, where an estimate would do. */
  exact: boolean;
  /** Of a long list: scrolled through, instead of page by page. */
  scrolls: boolean;
}

/** What is not a filter. */
const OWN = new Set(["search", "sort", "order", "page", "per", "cols", "total", "view"]);
export const PER_PAGE = [25, 50, 100] as const;

export function readState(query: Record<string, unknown>, usual: { sort: string; order?: "asc" | "desc" }): ListState {
  const text = (name: string) => (query[name] === undefined ? "" : String(query[name]));
  const whole = (name: string, otherwise: number) => {
    const value = Number(text(name));
    return Number.isInteger(value) && value > 0 ? value : otherwise;
  };
  const per = whole("per", PER_PAGE[0]);
  const filters = Object.entries(query).filter(([name, value]) => !OWN.has(name) && value !== undefined && value !== "");
  return {
    search: text("search"),
    sort: text("sort") || usual.sort,
    order: text("order") === "desc" ? "desc" : text("order") === "asc" ? "asc" : (usual.order ?? "asc"),
    page: whole("page", 1),
    per: PER_PAGE.find((size) => size === per) ?? PER_PAGE[0],
    filters: Object.fromEntries(filters.map(([name, value]) => [name, String(value)])),
    columns: text("cols") ? text("cols").split(",") : undefined,
    exact: text("total") === "exact",
    scrolls: text("view") === "scroll",
  };
}

export type Change = Partial<Record<string, string | number | undefined>>;

export function useListState(usual: { sort: string; order?: "asc" | "desc" }): [ListState, (change: Change) => void] {
  const query = useSearch({ strict: false }) as Record<string, unknown>;
  const go = useNavigate();
  const state = useMemo(() => readState(query, usual), [query, usual.sort, usual.order]);
  const change = useCallback(
    (changed: Change) => {
      void go({
        to: ".",
        // Another filter begins at its first page.
        search: ((before: Record<string, unknown>) => ({ ...before, page: undefined, ...changed })) as never,
        replace: true,
        resetScroll: false,
      });
    },
    [go],
  );
  return [state, change];
}

/** As the API is asked for it. A filter of several values joins them by commas, which only the API knows from those of a name. */
export function paramsOf(state: ListState): Record<string, string | number | undefined> {
  return { ...state.filters, search: state.search || undefined, sort_by: state.sort, sort_order: state.order, page: state.page, per_page: state.per };
}
