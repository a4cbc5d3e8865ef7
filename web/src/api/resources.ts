// Lists and records of the API: asked, kept, written with their version, and asked again when somebody changed them.

import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, type Problem, Refused, versionOf } from "./client";
import { client } from "./session";

/** A kind of record, and how the API speaks of it. */
export interface Resource<View extends { id: number } = { id: number }> {
  /** Below `/api/v1/`: `ring-groups`. */
  path: string;
  /** As live updates and the audit log name it: `pbx.ring_group`. */
  model: string;
  /** Where many are changed at once, if that is elsewhere. */
  bulkPath?: string;
  /** The member of an answer that holds the record, where it is not `data`. */
  wrapper?: string;
  /** There is one of it, at the path itself: one's own profile, the company's settings. */
  single?: boolean;
  /** What a person calls one of them. */
  title: (view: View) => string;
}

export interface Page<View> {
  data: View[];
  total: number;
  totalIsEstimate: boolean;
  page: number;
  lastPage: number;
}

export type Params = Record<string, string | number | boolean | readonly (string | number)[] | undefined>;

/** A record with the version of it that was seen. */
export interface Seen<View> {
  view: View;
  version: string | undefined;
  /** The whole answer: what is told only once stands beside the record. */
  answer?: Record<string, unknown>;
}

interface Ask {
  params?: Params;
  body?: unknown;
  version?: string | undefined;
  signal?: AbortSignal;
}

/** Any route of the API, for those that a resource's path only names when it runs. */
export async function ask<T>(method: "get" | "post" | "put" | "delete", path: string, { params, body, version, signal }: Ask = {}): Promise<{ data: T; response: Response }> {
  let response: Response | undefined;
  const options = {
    params: { query: params, header: version ? { "If-Match": version } : undefined },
    body,
    signal,
    querySerializer: serialized,
  };
  // The path is known to the contract, but not to the compiler.
  const asked = (client.request as (method: string, path: string, options: unknown) => Promise<{ data?: T; error?: unknown; response: Response }>)(method, `/api/v1/${path}`, options);
  const data = await answered(asked.then((answer) => { response = answer.response; return answer; }));
  return { data: data as T, response: response as Response };
}

/** Lists repeat their name; what has no value is no filter. */
export function serialized(params: Params | undefined): string {
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(params ?? {})) {
    if (value === undefined || value === "") continue;
    if (Array.isArray(value)) for (const one of value) pairs.push([`${name}[]`, String(one)]);
    else pairs.push([name, String(value)]);
  }
  return new URLSearchParams(pairs).toString();
}

interface Envelope<View> {
  data: View[];
  meta?: { total: number; current_page: number; last_page: number };
  total_is_estimate?: boolean;
}

export function listOptions<View extends { id: number }>(resource: Resource<View>, params: Params = {}) {
  return queryOptions({
    queryKey: [resource.model, "list", resource.path, params],
    queryFn: async ({ signal }): Promise<Page<View>> => {
      const { data } = await ask<Envelope<View>>("get", resource.path, { params, signal });
      const meta = data.meta ?? { total: data.data.length, current_page: 1, last_page: 1 };
      return { data: data.data, total: meta.total, totalIsEstimate: data.total_is_estimate ?? false, page: meta.current_page, lastPage: meta.last_page };
    },
    placeholderData: keepPreviousData,
  });
}

export function useList<View extends { id: number }>(resource: Resource<View>, params: Params = {}, enabled = true) {
  return useQuery({ ...listOptions(resource, params), enabled });
}

export function recordOptions<View extends { id: number }>(resource: Resource<View>, id: number) {
  return queryOptions({
    queryKey: [resource.model, "record", resource.path, id],
    queryFn: async ({ signal }): Promise<Seen<View>> => seen(resource, await ask<Record<string, View>>("get", pathOf(resource, id), { signal })),
  });
}

export function useRecord<View extends { id: number }>(resource: Resource<View>, id: number | undefined) {
  return useQuery({ ...recordOptions(resource, id ?? 0), enabled: id !== undefined });
}

function pathOf<View extends { id: number }>(resource: Resource<View>, id: number): string {
  return resource.single ? resource.path : `${resource.path}/${id}`;
}

function seen<View extends { id: number }>(resource: Resource<View>, { data, response }: { data: Record<string, View>; response: Response }): Seen<View> {
  const view = data[resource.wrapper ?? "data"] ?? data["data"];
  if (!view) throw new Error(`the answer holds no ${resource.wrapper ?? "data"}`);
  return { view, version: versionOf(response) };
}

export interface Write {
  id?: number | undefined;
  /** What is sent, or what finds out what that is. */
  body: unknown;
  version?: string | undefined;
}

/** Creates a record, or changes one of which a version was seen. */
export function useSave<View extends { id: number }>(resource: Resource<View>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, body, version }: Write) => {
      const sent: unknown = typeof body === "function" ? await body() : body;
      const asked = id === undefined ? ask<Record<string, View>>("post", resource.path, { body: sent }) : ask<Record<string, View>>("put", pathOf(resource, id), { body: sent, version });
      const written = await asked;
      return { ...seen(resource, written), answer: written.data as Record<string, unknown> };
    },
    onSuccess: (saved) => {
      queries.setQueryData(recordOptions(resource, resource.single ? 0 : saved.view.id).queryKey, { view: saved.view, version: saved.version });
      // What was saved is here: nobody waits until everything else that shows it was asked for again.
      void queries.invalidateQueries({ queryKey: [resource.model] });
    },
  });
}

export function useRemove<View extends { id: number }>(resource: Resource<View>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: number) => {
      await ask("delete", `${resource.path}/${id}`);
      return id;
    },
    onSuccess: (id) => {
      queries.removeQueries({ queryKey: recordOptions(resource, id).queryKey });
      // Whatever is still shown of the record itself would only be told that it is gone.
      return queries.invalidateQueries({ queryKey: [resource.model], predicate: ({ queryKey }) => queryKey.at(-1) !== id });
    },
  });
}

export interface BulkAnswer {
  data: { id: number; result: "done" | "failed" | "left_alone"; code?: number | null; problem?: Partial<Problem> | null }[];
  meta: { requested: number; done: number; failed: number };
}

export function useBulk<View extends { id: number }>(resource: Resource<View>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ action, ids }: { action: "activate" | "deactivate" | "delete"; ids: number[] }) =>
      (await ask<BulkAnswer>("post", `${resource.bulkPath ?? resource.path}/bulk`, { body: { action, ids } })).data,
    onSuccess: () => queries.invalidateQueries({ queryKey: [resource.model] }),
  });
}

/** The most that a list gives at once. */
export const PER_PAGE_MAX = 100;
/** An export of a list by the browser ends here and says so; calls have an export of their own, by the server. */
const EXPORT_ROWS_MAX = 10_000;

/** All records that the filters leave, page by page. */
export async function everything<View extends { id: number }>(resource: Resource<View>, params: Params, progress: (done: number, total: number) => void): Promise<{ rows: View[]; whole: boolean }> {
  const rows: View[] = [];
  for (let page = 1; rows.length < EXPORT_ROWS_MAX; page += 1) {
    const { data } = await ask<Envelope<View>>("get", resource.path, { params: { ...params, page, per_page: PER_PAGE_MAX } });
    rows.push(...data.data);
    progress(rows.length, data.meta?.total ?? rows.length);
    if (data.data.length === 0 || page >= (data.meta?.last_page ?? page)) return { rows, whole: true };
  }
  return { rows, whole: false };
}

/** What is seldom changed and often named stays this long. */
const NAMES_FRESH_MS = 300_000;

/** All of a kind of which a company has few: for names beside numbers, and for filters to choose from. */
export function useAll<View extends { id: number }>(resource: Resource<View>) {
  return useQuery({ queryKey: [resource.model, "all"], queryFn: async () => (await everything(resource, {}, () => {})).rows, staleTime: NAMES_FRESH_MS });
}

/** What went wrong, as a sentence for whoever sees it. */
export function sentenceOf(error: unknown, otherwise: string): string {
  if (error instanceof Refused) return error.problem.message || otherwise;
  return otherwise;
}

export { Refused } from "./client";
