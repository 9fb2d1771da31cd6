// What the API counts and logs: requests per client, one line for each request, and never a secret.
import { beforeAll, describe, expect, test } from "vitest";
import type { LogCall, Logger } from "../../../lib/index.js";
import { faceNames, openFace, type FaceName, type HttpFace } from "../../support/http-faces.js";
import { sharedTenant } from "../../support/open-engine.js";
import { setClock } from "../../support/set-clock.js";
import { valueOf } from "../../support/unwrap.js";

const shared = sharedTenant([
  { name: "users", type: "auth", createRule: "" },
  { name: "notes", fields: [{ name: "title", type: "text" }], listRule: "", viewRule: "", createRule: "" },
]);

beforeAll(async () => {
  valueOf(await shared.db.auth.register({ email: "ada@example.com", password: "correct horse" }));
});

const withAddress = faceNames.filter((name) => !["fetch", "next"].includes(name));
const login = (face: HttpFace, password: string) =>
  face.ask({
    method: "POST",
    path: "/api/auth/login",
    headers: { "x-dbname": "client1" },
    body: { email: "ada@example.com", password },
  });

describe.each(withAddress)("%s counts by the other end of the connection", (name) => {
  test("all requests, and those that prove passwords besides", async () => {
    const clock = setClock();
    const rateLimit = { requests: { count: 6, windowMs: 6_000 }, signIns: { count: 2, windowMs: 60_000 } };
    const face = await openFace(name, shared.engine, { rateLimit, clock });
    expect((await login(face, "correct horse")).status).toBe(200);
    expect((await login(face, "correct horse")).status).toBe(200);
    const refused = await login(face, "correct horse");
    expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect(Number(refused.headers.get("retry-after"))).toBe(30);
    for (const status of [200, 200, 200, 429]) expect((await face.ask({ path: "/api/health" })).status).toBe(status);
    clock.ms += 1_000;
    for (const status of [200, 429]) expect((await face.ask({ path: "/api/health" })).status).toBe(status);
  });
});

describe.each(["fetch", "next", "express"] as const)("%s counts by what the app says", (name) => {
  test("one client does not count against another; without an address nothing is counted", async () => {
    const options = { rateLimit: { requests: { count: 1, windowMs: 60_000 } }, clock: setClock() };
    const addressOf = (request: unknown): string | undefined => {
      const { headers } = request as { headers: Headers | Record<string, string> };
      return headers instanceof Headers ? (headers.get("x-client") ?? undefined) : headers["x-client"];
    };
    const face = await openFace(name, shared.engine, { ...options, clientAddress: addressOf });
    const from = async (client?: string) =>
      (await face.ask({ path: "/api/health", headers: client === undefined ? {} : { "x-client": client } })).status;
    expect([await from("a"), await from("a"), await from("b"), await from("b")]).toEqual([200, 429, 200, 429]);
    expect([await from(), await from()]).toEqual([200, 200]);
    const broken = await openFace(name, shared.engine, {
      ...options,
      clientAddress: () => {
        throw new Error("secret");
      },
    });
    expect(await broken.ask({ path: "/api/health" })).toMatchObject({ status: 500, body: { code: "internal" } });
  });
});

test("wrong passwords are counted by the engine too, for the address of the client", async () => {
  const addressOf = (request: unknown): string =>
    (request as { headers: Readonly<Record<string, string>> }).headers["x-client"] ?? "none";
  const face = await openFace("node:http", shared.engine, { rateLimit: false, clientAddress: addressOf });
  const attempt = async (client: string, password: string) =>
    (
      await face.ask({
        method: "POST",
        path: "/api/collections/users/auth-with-password",
        headers: { "x-dbname": "client1", "x-client": client },
        body: { identity: "ada@example.com", password },
      })
    ).status;
  for (let wrong = 0; wrong < 10; wrong += 1) expect(await attempt("guesser", "wrong words")).toBe(401);
  expect(await attempt("guesser", "correct horse")).toBe(429);
  expect(await attempt("ada", "correct horse")).toBe(200);
});

interface Line {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly message: string | undefined;
}

function recorder(): { readonly lines: Line[]; readonly logger: Logger } {
  const lines: Line[] = [];
  const call: LogCall = (facts, message) => lines.push({ facts: facts as Line["facts"], message });
  return { lines, logger: { debug: call, info: call, warn: call, error: call } };
}

test.each(["node:http", "fetch", "koa"] as const satisfies readonly FaceName[])(
  "%s logs a line for each request, without secrets",
  async (name) => {
    const { lines, logger } = recorder();
    const face = await openFace(name, shared.engine, { logger });
    const signedIn = await login(face, "correct horse");
    const { token } = signedIn.body as { token: string };
    const authorization = `Bearer ${token}`;
    await face.ask({
      path: "/api/collections/notes/records?filter=title='canary'",
      headers: { authorization, "x-request-id": "mine-1" },
    });
    await face.ask({
      path: "/api/collections/notes/records/nothing",
      headers: { authorization, "x-request-id": "no id\u00e9" },
    });
    await face.ask({ path: "/api/nothing/canary" });
    const facts = lines.map((line) => line.facts);
    expect(facts).toMatchObject([
      { method: "POST", route: "/auth/login", status: 200, database: "client1", durationMs: expect.any(Number) },
      {
        requestId: "mine-1",
        method: "GET",
        route: "/collections/:collection/records",
        status: 200,
        database: "client1",
      },
      { method: "GET", route: "/collections/:collection/records/:id", status: 404 },
      { route: undefined, status: 404, database: undefined },
    ]);
    expect(facts[2]!["requestId"]).toMatch(/^[0-9a-f-]{36}$/);
    const text = JSON.stringify(lines);
    for (const secret of [token, "correct horse", "ada@example.com", "canary"]) expect(text).not.toContain(secret);
  },
);

test.each(faceNames)("%s tells the request's id", async (name) => {
  const face = await openFace(name, shared.engine);
  const named = await face.ask({ path: "/api/health", headers: { "x-request-id": "abc_1.2-3" } });
  expect(named.headers.get("x-request-id")).toBe("abc_1.2-3");
  const unnamed = await face.ask({ path: "/api/nothing", headers: { "x-request-id": "x".repeat(65) } });
  expect(unnamed.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});
