// The client against a real server, which `cargo xtask test --tier contract` starts.
// @vitest-environment node

import assert from "node:assert/strict";
import { beforeAll as before, test } from "vitest";
import { type Options, Refused, answered, createClient, versionOf } from "../src/api/client";

const env = (name: string): string => {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run cargo xtask test --tier contract`);
  return value;
};
const baseUrl = env("OPBX_CONTRACT_URL");
const credentials = { email: env("OPBX_CONTRACT_OWNER"), password: env("OPBX_CONTRACT_PASSWORD") };

let token = "";
const signedIn = (options: Options = {}) => createClient({ baseUrl, identity: { token: () => token }, ...options });

/** Notes what is really sent, and sends it. */
function noting(sent: Request[]): Options {
  return {
    fetch: (request) => {
      sent.push(request.clone());
      return fetch(request);
    },
  };
}

before(async () => {
  const client = createClient({ baseUrl });
  const login = await answered(client.POST("/api/v1/auth/login", { body: credentials }));
  token = login.access_token ?? "";
});

test("a room is made, found, changed and deleted, by types alone", async () => {
  const client = signedIn();
  const name = `Room ${crypto.randomUUID()}`;
  const made = await answered(client.POST("/api/v1/conference-rooms", { body: { name, max_participants: 5 } }));
  const id = made.data.id;
  const page = await answered(client.GET("/api/v1/conference-rooms", { params: { query: { search: name } } }));
  assert.deepEqual(
    page.data.map((room) => room.id),
    [id],
  );
  const path = { id };
  const { data: shown, response } = await client.GET("/api/v1/conference-rooms/{id}", { params: { path } });
  assert.equal(shown?.data.max_participants, 5);
  const version = versionOf(response);
  assert.ok(version);
  const change = (max_participants: number) =>
    answered(
      client.PUT("/api/v1/conference-rooms/{id}", {
        params: { path, header: { "If-Match": version } },
        body: { max_participants },
      }),
    );
  assert.equal((await change(7)).data.max_participants, 7);
  await assert.rejects(change(8), (refused) => refused instanceof Refused && refused.status === 412);
  const deleted = await client.DELETE("/api/v1/conference-rooms/{id}", { params: { path } });
  assert.equal(deleted.response.status, 204);
});

test("a refusal names the field, and a misspelt one is refused", async () => {
  const client = signedIn();
  const empty = answered(client.POST("/api/v1/conference-rooms", { body: { name: "", max_participants: 5 } }));
  await assert.rejects(empty, (refused) => {
    assert.ok(refused instanceof Refused);
    assert.equal(refused.status, 422);
    assert.equal(refused.of("name").length, 1);
    assert.ok(refused.problem.request_id);
    return true;
  });
  const body = { name: "Typo", max_participants: 5, max_particpants: 6 };
  await assert.rejects(answered(client.POST("/api/v1/conference-rooms", { body })), (refused) => {
    return refused instanceof Refused && refused.of("max_particpants").length === 1;
  });
});

test("a POST that comes twice with its key is done once", async () => {
  const sent: Request[] = [];
  const client = signedIn(noting(sent));
  const body = { name: `Once ${crypto.randomUUID()}`, max_participants: 5 };
  const first = await answered(client.POST("/api/v1/conference-rooms", { body }));
  const [request] = sent;
  assert.ok(request);
  assert.equal(request.headers.get("prefer"), "handling=strict");
  const again = await fetch(request);
  assert.equal(again.status, 201);
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  const repeated = (await again.json()) as typeof first;
  assert.equal(repeated.data.id, first.data.id);
});

test("without a token nobody is let in", async () => {
  await assert.rejects(answered(createClient({ baseUrl }).GET("/api/v1/conference-rooms")), (refused) => {
    return refused instanceof Refused && refused.status === 401;
  });
});

test("a page's session lies in cookies, and what it changes carries their proof", async () => {
  const login = await fetch(new URL("/api/v1/auth/login", baseUrl), {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Auth-Mode": "cookie" },
    body: JSON.stringify(credentials),
  });
  const cookies = login.headers.getSetCookie().map((text) => text.split(";")[0] ?? "");
  assert.equal(cookies.length, 2);
  const readable = cookies.filter((text) => text.startsWith("XSRF-TOKEN="));
  // What a browser does by itself: its page reads one cookie, and sends both with its origin.
  const page = globalThis as { document?: { cookie: string; documentElement: { lang: string } } };
  const documentElement = { lang: "fr" };
  page.document = { cookie: readable.join("; "), documentElement };
  try {
    const browser: Options = {
      fetch: (request) => {
        request.headers.set("cookie", cookies.join("; "));
        request.headers.set("origin", new URL(baseUrl).origin);
        return fetch(request);
      },
    };
    const client = createClient({ baseUrl, identity: { cookies: true }, ...browser });
    assert.equal((await answered(client.GET("/api/v1/auth/me"))).user.email, credentials.email);
    const body = { name: `Page ${crypto.randomUUID()}`, max_participants: 5 };
    assert.ok(await answered(client.POST("/api/v1/conference-rooms", { body })));
    await assert.rejects(answered(client.POST("/api/v1/conference-rooms", { body })), (refused) => {
      return refused instanceof Refused && refused.of("name")[0] === "Cette valeur est déjà prise.";
    });
    page.document = { cookie: "", documentElement };
    await assert.rejects(answered(client.POST("/api/v1/conference-rooms", { body })), (refused) => {
      return refused instanceof Refused && refused.status === 419;
    });
  } finally {
    delete page.document;
  }
});
