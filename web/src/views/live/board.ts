// How calls and extensions stand now: folded from a snapshot and from what is told after it, by the rules of docs/live.md.

/** A call as events and the snapshot tell it. The contract leaves its shape to the documentation of the live channel. */
export interface LiveCall {
  id: number;
  version: number;
  call_id: string;
  direction: "inbound" | "outbound" | "internal";
  from_number: string | null;
  from_name: string | null;
  to_number: string | null;
  number: string | null;
  did_id: number | null;
  status: string;
  end_reason: string | null;
  initiated_at: string;
  answered_at: string | null;
  ended_at: string | null;
  answered_by: string | null;
  extension_id: number | null;
  from_extension_id: number | null;
  duration: number | null;
  legs: LiveLeg[];
}

export interface LiveLeg {
  target: string;
  extension_id: number | null;
  status: string;
  ended_at: string | null;
}

export type ExtensionState = "idle" | "ringing" | "busy" | "do_not_disturb";

export interface LiveExtension {
  extension_id: number;
  extension_number: string;
  state: ExtensionState;
  calls: number;
}

export interface LiveCounts {
  active: number;
  by_status: { ringing: number; answered: number };
  by_direction: { inbound: number; outbound: number; internal: number };
}

export interface Snapshot {
  epoch: string | null;
  seq: number | null;
  calls: LiveCall[];
  counts: LiveCounts;
  extensions: LiveExtension[];
}

/** An event with its place in the order of the organisation's channel. */
export interface Told {
  event: string;
  data: Record<string, unknown>;
}

export interface Board {
  /** False until a snapshot came: what is shown before is no more than what was heard. */
  known: boolean;
  calls: ReadonlyMap<number, LiveCall>;
  /** Versions with which calls ended, so that no older news brings one back. */
  ended: ReadonlyMap<number, number>;
  extensions: ReadonlyMap<number, LiveExtension>;
  counts: LiveCounts;
  epoch: string | null;
  seq: number | null;
  /** What was heard since a snapshot was asked for; none while none is on its way. */
  heard: readonly Told[] | undefined;
}

export type News = { kind: "asked" } | { kind: "snapshot"; snapshot: Snapshot } | ({ kind: "event" } & Told);

const NO_COUNTS: LiveCounts = { active: 0, by_status: { ringing: 0, answered: 0 }, by_direction: { inbound: 0, outbound: 0, internal: 0 } };
export const EMPTY_BOARD: Board = { known: false, calls: new Map(), ended: new Map(), extensions: new Map(), counts: NO_COUNTS, epoch: null, seq: null, heard: undefined };

/** Calls that ended are remembered up to here; the oldest are forgotten first. */
const ENDED_MAX = 1_000;

export function fold(board: Board, news: News): Board {
  if (news.kind === "asked") return { ...board, heard: [] };
  if (news.kind === "snapshot") return caughtUp(board, news.snapshot);
  const told = { event: news.event, data: news.data };
  const next = applied(board, told);
  return next.heard ? { ...next, heard: [...next.heard, told] } : next;
}

/** The snapshot, and on top of it what was heard while it was on its way and is not in it. */
function caughtUp({ heard = [], ended }: Board, { epoch, seq, calls, counts, extensions }: Snapshot): Board {
  const begun: Board = {
    known: true,
    calls: new Map(calls.map((call) => [call.id, call])),
    ended,
    extensions: new Map(extensions.map((extension) => [extension.extension_id, extension])),
    counts,
    epoch,
    seq,
    heard: undefined,
  };
  return heard.reduce(applied, begun);
}

function applied(board: Board, { event, data }: Told): Board {
  // Another node has an order of its own: there, only versions say what is newer.
  if (board.seq !== null && board.epoch === data["epoch"] && Number(data["seq"]) <= board.seq) return board;
  const next = positioned(board, data);
  if (event === "calls.live") return { ...next, counts: data as unknown as LiveCounts };
  if (event === "extension.state") {
    const extension = data as unknown as LiveExtension;
    return { ...next, extensions: new Map(next.extensions).set(extension.extension_id, extension) };
  }
  if (event.startsWith("call.")) return withCall(next, data as unknown as LiveCall);
  return next;
}

function positioned(board: Board, data: Record<string, unknown>): Board {
  if (typeof data["epoch"] !== "string" || typeof data["seq"] !== "number") return board;
  return { ...board, epoch: data["epoch"], seq: data["seq"] };
}

function withCall(board: Board, call: LiveCall): Board {
  const newest = board.calls.get(call.id)?.version ?? board.ended.get(call.id);
  if (newest !== undefined && call.version < newest) return board;
  const calls = new Map(board.calls);
  if (call.ended_at === null) {
    // An equal version of a call that ended is an older word of the same row.
    if (board.ended.has(call.id) && call.version === newest) return board;
    return { ...board, calls: calls.set(call.id, call) };
  }
  calls.delete(call.id);
  const ended = new Map(board.ended).set(call.id, call.version);
  const oldest = ended.size > ENDED_MAX ? ended.keys().next().value : undefined;
  if (oldest !== undefined) ended.delete(oldest);
  return { ...board, calls, ended };
}

/** Whether nothing was missed: the channel is where this board is. */
export function isAt(board: Board, position: Record<string, unknown>): boolean {
  return board.epoch !== null && board.epoch === position["epoch"] && board.seq === position["seq"];
}
