// The board after any history of calls is what the server has, whenever the snapshot was taken.

import { expect, test } from "vitest";
import { type Board, EMPTY_BOARD, type ExtensionState, fold, isAt, type LiveCall, type LiveCounts, type LiveExtension, type Snapshot, type Told } from "./board";

/** A generator of numbers by a seed, so that a failure can be played again (mulberry32). */
function drawing(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Server {
  calls: Map<number, LiveCall>;
  extensions: Map<number, LiveExtension>;
  counts: LiveCounts;
}

const STATES: ExtensionState[] = ["idle", "ringing", "busy", "do_not_disturb"];

function call(id: number, version: number, status: string, ended = false): LiveCall {
  return {
    id, version, status, call_id: `CA${id}`, direction: "inbound", from_number: "+442079460018", from_name: null, to_number: "+12125550100", number: "+12125550100", did_id: 1,
    end_reason: ended ? "completed" : null, initiated_at: "2026-03-02T09:00:00Z", answered_at: null, ended_at: ended ? "2026-03-02T09:01:00Z" : null, answered_by: null,
    extension_id: null, from_extension_id: null, duration: null, legs: [],
  };
}

/** Events as a node tells them, with how its server stood after each. */
function history(draw: (below: number) => number, length: number) {
  const server: Server = { calls: new Map(), extensions: new Map(), counts: EMPTY_BOARD.counts };
  const events: Told[] = [];
  const stood: Server[] = [copy(server)];
  let last = 0;
  const tell = (event: string, data: object) => {
    events.push({ event, data: { ...data, seq: events.length + 1, epoch: "e" } });
    stood.push(copy(server));
  };
  while (events.length < length) {
    const live = [...server.calls.values()];
    const one = live[draw(Math.max(1, live.length))];
    const deed = draw(10);
    if (deed < 3 || !one) {
      last += 1;
      server.calls.set(last, call(last, 1, "initiated"));
      tell("call.initiated", call(last, 1, "initiated"));
    } else if (deed < 6) {
      const next = call(one.id, one.version + 1, one.status === "initiated" ? "ringing" : "answered");
      server.calls.set(one.id, next);
      tell(next.status === "ringing" ? "call.ringing" : "call.answered", next);
    } else if (deed < 8) {
      server.calls.delete(one.id);
      tell("call.ended", call(one.id, one.version + 1, "completed", true));
    } else {
      const extension: LiveExtension = { extension_id: draw(4), extension_number: "1000", state: STATES[draw(4)] as ExtensionState, calls: draw(3) };
      server.extensions.set(extension.extension_id, extension);
      tell("extension.state", extension);
    }
    if (draw(3) === 0) {
      server.counts = { active: server.calls.size, by_status: { ringing: draw(9), answered: draw(9) }, by_direction: { inbound: server.calls.size, outbound: 0, internal: 0 } };
      tell("calls.live", server.counts);
    }
  }
  return { events, stood };
}

function copy({ calls, extensions, counts }: Server): Server {
  return { calls: new Map(calls), extensions: new Map(extensions), counts };
}

/** What must agree; the place in the events is told in each of them. */
function seen(state: Server | Board) {
  const { active, by_status, by_direction } = state.counts;
  const sorted = <T,>(values: Iterable<T>, key: (value: T) => number) => [...values].sort((a, b) => key(a) - key(b));
  return {
    calls: sorted(state.calls.values(), ({ id }) => id).map(({ id, version, status }) => ({ id, version, status })),
    extensions: sorted(state.extensions.values(), ({ extension_id }) => extension_id).map(({ extension_id, state, calls }) => ({ extension_id, state, calls })),
    counts: { active, by_status, by_direction },
  };
}

test.each(Array.from({ length: 300 }, (_, seed) => [seed]))("history %i ends as the server has it", (seed) => {
  const draw = drawing(seed);
  const { events, stood } = history(draw, 20 + draw(60));
  // Asked at one moment, answered with the place of a later one and the state of a later one still.
  const asked = draw(events.length);
  const place = asked + draw(events.length - asked);
  const read = place + draw(events.length - place + 1);
  const arrived = read + draw(events.length - read + 1);
  const at = stood[read] as Server;
  // Of another node, the snapshot's place says nothing of this channel's order: states may then be old, calls have versions.
  const foreign = draw(4) === 0 && read === asked;
  const snapshot: Snapshot = { epoch: foreign ? null : "e", seq: foreign ? null : place, calls: [...at.calls.values()], extensions: [...at.extensions.values()], counts: at.counts };
  let board: Board = EMPTY_BOARD;
  const hear = (told: Told | undefined) => {
    if (!told) return;
    board = fold(board, { kind: "event", ...told });
    // Whatever comes twice does no harm.
    if (draw(3) === 0) board = fold(board, { kind: "event", ...told });
    // Nor does an older word of a call.
    const older = events[draw(Number(told.data["seq"]))];
    if (draw(3) === 0 && older?.event.startsWith("call.")) board = fold(board, { kind: "event", ...older });
  };
  for (const told of events.slice(0, asked)) hear(told);
  board = fold(board, { kind: "asked" });
  for (const told of events.slice(asked, arrived)) hear(told);
  board = fold(board, { kind: "snapshot", snapshot });
  for (const told of events.slice(arrived)) hear(told);
  expect(seen(board)).toEqual(seen(stood[events.length] as Server));
});

test("a board knows whether something was missed", () => {
  const board = fold(EMPTY_BOARD, { kind: "snapshot", snapshot: { epoch: "e", seq: 7, calls: [], extensions: [], counts: EMPTY_BOARD.counts } });
  expect(isAt(board, { epoch: "e", seq: 7 })).toBe(true);
  expect(isAt(board, { epoch: "e", seq: 9 })).toBe(false);
  expect(isAt(board, { epoch: "f", seq: 7 })).toBe(false);
  const on = fold(board, { kind: "event", event: "record.updated", data: { epoch: "e", seq: 9 } });
  expect(isAt(on, { epoch: "e", seq: 9 })).toBe(true);
  expect(isAt(EMPTY_BOARD, { epoch: null, seq: null })).toBe(false);
});
