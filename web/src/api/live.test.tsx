// The connection of a page: how it ends and begins again, and what it makes old.

import { QueryClient, QueryClientProvider, QueryObserver } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useLive, useLiveState } from "./live";
import { sessionEnded, useSessionOver } from "./session";

const { fetched } = vi.hoisted(() => ({ fetched: (globalThis.fetch = vi.fn<typeof fetch>()) }));

type Heard = (...told: unknown[]) => void;
type Authorize = (wanted: { socketId: string; channelName: string }, done: (error: Error | null) => void) => void;

/** What binds and emits, as the library's parts do. */
class Emitter {
  private readonly bound: [string | undefined, Heard][] = [];
  bind(event: string, heard: Heard) { this.bound.push([event, heard]); }
  bind_global(heard: Heard) { this.bound.push([undefined, heard]); }
  emit(event: string, data?: unknown) { for (const [wanted, heard] of this.bound) wanted === undefined ? heard(event, data) : wanted === event && heard(data); }
}

class FakeChannel extends Emitter {
  disconnect = vi.fn();
  constructor(readonly name: string) { super(); }
}

class FakePusher {
  static all: FakePusher[] = [];
  connection = new Emitter();
  channel: FakeChannel | undefined;
  subscribe = vi.fn((name: string) => (this.channel ??= new FakeChannel(name)));
  disconnect = vi.fn(() => this.connection.emit("state_change", { current: "disconnected" }));
  constructor(readonly authorize: Authorize) { FakePusher.all.push(this); }
}

vi.mock("pusher-js", () => ({ default: function Pusher(_key: string, { channelAuthorization }: { channelAuthorization: { customHandler: Authorize } }) { return new FakePusher(channelAuthorization.customHandler); } }));

let queries: QueryClient;
const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider>;

/** The page of an organisation, and the connection that it has made. */
async function connected(organization = 7) {
  const page = renderHook(() => { useLive(organization); return { live: useLiveState(), over: useSessionOver() }; }, { wrapper });
  const { pusher, channel } = await latest(1);
  act(() => channel.emit("pusher:subscription_succeeded"));
  return { page, pusher, channel };
}

async function latest(count: number) {
  await waitFor(() => expect(FakePusher.all).toHaveLength(count));
  const pusher = FakePusher.all[count - 1] as FakePusher;
  return { pusher, channel: pusher.channel as FakeChannel };
}

beforeEach(() => {
  FakePusher.all = [];
  queries = new QueryClient();
});
afterEach(() => {
  vi.useRealTimers();
  sessionEnded(false);
});

test("a socket that is closed with its session asks to sign in, and another is opened then", async () => {
  const { page, pusher } = await connected();
  expect(page.result.current.live).toBe("live");
  act(() => pusher.connection.emit("error", { type: "PusherError", data: { code: 4009, message: "The session is over: log in again" } }));
  expect(page.result.current).toEqual({ live: "away", over: true });
  expect(pusher.disconnect).toHaveBeenCalled();
  act(() => sessionEnded(false));
  const next = await latest(2);
  expect(next.pusher.subscribe).toHaveBeenCalledWith("private-org.7");
  act(() => next.channel.emit("pusher:subscription_succeeded"));
  expect(page.result.current).toEqual({ live: "live", over: false });
});

test("a ticket that is refused because the session is over asks to sign in, and another refusal does not", async () => {
  const { page, pusher } = await connected();
  const refusedWith = (status: number) => {
    fetched.mockResolvedValueOnce(new Response(JSON.stringify({ message: "no" }), { status, headers: { "Content-Type": "application/json" } }));
    return act(() => new Promise<Error | null>((done) => pusher.authorize({ socketId: "1.2", channelName: "private-org.7" }, done)));
  };
  expect(await refusedWith(503)).toBeInstanceOf(Error);
  expect(page.result.current.over).toBe(false);
  expect(await refusedWith(401)).toBeInstanceOf(Error);
  expect(page.result.current.over).toBe(true);
});

test("any other error leaves the session as it is", async () => {
  const { page, pusher } = await connected();
  act(() => pusher.connection.emit("error", { type: "PusherError", data: { code: 4200, message: "Please connect again" } }));
  expect(page.result.current.over).toBe(false);
});

test("what was missed between two connections is asked for again", async () => {
  const { channel } = await connected();
  channel.emit("call.ended", { epoch: "e", seq: 12 });
  const asked = vi.spyOn(queries, "invalidateQueries");
  const again = async (count: number, seq: number) => {
    asked.mockClear();
    act(() => sessionEnded(true));
    act(() => sessionEnded(false));
    (await latest(count)).channel.emit("live.position", { epoch: "e", seq });
  };
  await again(2, 12);
  expect(asked).not.toHaveBeenCalled();
  await again(3, 15);
  expect(asked).toHaveBeenCalledWith();
});

test("where another organisation was means nothing", async () => {
  const { channel, page } = await connected(7);
  channel.emit("call.ended", { epoch: "e", seq: 12 });
  page.unmount();
  FakePusher.all = [];
  const { channel: next } = await connected(8);
  const asked = vi.spyOn(queries, "invalidateQueries");
  next.emit("live.position", { epoch: "e", seq: 3 });
  expect(asked).not.toHaveBeenCalled();
});

test("a refused subscription is tried again at growing pauses, until it holds", async () => {
  const { page, pusher, channel } = await connected();
  vi.useFakeTimers();
  const refuse = () => act(() => channel.emit("pusher:subscription_error", { status: 503 }));
  const after = (ms: number) => { vi.advanceTimersByTime(ms); return pusher.subscribe.mock.calls.length; };
  refuse();
  expect(page.result.current.live).toBe("away");
  expect([after(999), after(1)]).toEqual([1, 2]);
  expect(channel.disconnect).toHaveBeenCalledTimes(1);
  refuse();
  expect([after(1_999), after(1)]).toEqual([2, 3]);
  for (const _ of [1, 2, 3, 4]) { refuse(); after(30_000); }
  refuse();
  expect([after(29_999), after(1)]).toEqual([7, 8]);
  act(() => channel.emit("pusher:subscription_succeeded"));
  expect(page.result.current.live).toBe("live");
  refuse();
  expect(after(1_000)).toBe(9);
});

test("a page that is left tries no more", async () => {
  const { page, pusher, channel } = await connected();
  vi.useFakeTimers();
  act(() => channel.emit("pusher:subscription_error", {}));
  page.unmount();
  vi.advanceTimersByTime(60_000);
  expect(pusher.subscribe).toHaveBeenCalledTimes(1);
});

test.each([
  ["call.ended", ["pbx.call", "dashboard"]],
  ["recording.ready", ["pbx.call", "pbx.call.recording"]],
  ["voicemail.left", ["pbx.voicemail.message", "pbx.voicemail"]],
  ["call_checks.run", ["pbx.call_check"]],
  ["calls.live", []],
])("%s makes old what was kept of it, and asks for nothing by itself", async (event, expected) => {
  const { channel } = await connected();
  const models = ["pbx.call", "pbx.call.recording", "dashboard", "pbx.voicemail.message", "pbx.voicemail", "pbx.call_check", "pbx.extension"];
  const asked = vi.fn(async () => 1);
  const leave = models.map((model) => new QueryObserver(queries, { queryKey: [model, "list"], queryFn: asked }).subscribe(() => {}));
  await waitFor(() => expect(queries.isFetching()).toBe(0));
  channel.emit(event, { epoch: "e", seq: 20 });
  expect(models.filter((model) => queries.getQueryState([model, "list"])?.isInvalidated).sort()).toEqual([...expected].sort());
  expect(asked).toHaveBeenCalledTimes(models.length);
  for (const one of leave) one();
});
