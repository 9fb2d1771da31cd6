// Fifty tenants ask at the same time, each from many connections and in fits and starts: every answer must hold the
// words of the tenant who asked, and of no other.
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createNodeListener } from "../../adapters/http/index.js";
import { TenantEngine, type CollectionDefinition } from "../../lib/index.js";
import { wholeText, type HttpCall } from "../support/http-calls.js";
import { faceNames } from "../support/http-faces.js";
import { listening, mountings, type Mount, type Mounted } from "../support/http-mountings.js";
import { seededRandom, testSeed } from "../support/random.js";
import { makeTempDirectory, removeTempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";

const tenants = 50;
const notes = "/api/collections/notes/records";
const signedIn = "@request.auth.id != ''";
const rules = { listRule: signedIn, viewRule: signedIn, createRule: signedIn, updateRule: signedIn } as const;
const collections: readonly CollectionDefinition[] = [
  { name: "users", type: "auth", fields: [{ name: "name", type: "text" }], ...rules },
  { name: "notes", fields: [{ name: "mark", type: "text" }], ...rules },
];

interface Tenant {
  readonly name: string;
  readonly token: string;
  /** Stands in each of its records, and in no other tenant's. */
  readonly canary: string;
  readonly noteId: string;
}

const anyCanary = /canary-\d\d-/g;

async function makeTenants(engine: TenantEngine): Promise<readonly Tenant[]> {
  for (const definition of collections) valueOf(await engine.collections.create(definition));
  const all: Tenant[] = [];
  for (let n = 0; n < tenants; n += 1) {
    const name = `tenant${n}`;
    const canary = `canary-${String(n).padStart(2, "0")}-`;
    valueOf(await engine.databases.create({ name }));
    const db = engine.db(name);
    const account = { email: "same@example.com", password: "correct horse", name: canary };
    const { token } = valueOf(await db.auth.register(account));
    all.push({ name, token, canary, noteId: valueOf(await db.collection("notes").create({ mark: canary })).id });
  }
  return all;
}

/** What a tenant asks; each answer holds his canary. */
const asks: readonly ((tenant: Tenant, n: number) => HttpCall)[] = [
  () => ({ method: "GET", path: notes }),
  ({ noteId }) => ({ method: "GET", path: `${notes}/${noteId}` }),
  () => ({ method: "GET", path: "/api/auth/me" }),
  ({ canary }, n) => ({ method: "POST", path: notes, body: JSON.stringify({ mark: `${canary}${n}` }) }),
  ({ canary, noteId }) => ({ method: "PATCH", path: `${notes}/${noteId}`, body: JSON.stringify({ mark: canary }) }),
  () => ({ method: "GET", path: "/api/collections/users/records?filter=name!%3D''" }),
];

const headersOf = ({ name, token }: Tenant, n: number): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${token}`,
  "content-type": "application/json",
  // Every second request leaves it to the token.
  ...(n % 2 === 0 ? { "x-dbname": name } : {}),
});

// Long enough that requests overtake each other, short enough for thousands of them.
const longestPauseMs = 20;
const atOnce = 400;

/** What is wrong with the answers; each tenant makes so many requests. */
async function askAll(mounted: Mounted, all: readonly Tenant[], each: number): Promise<readonly string[]> {
  const random = seededRandom(testSeed("context bleed"));
  const limit = pLimit(atOnce);
  const faults: string[] = [];
  const requests = all.flatMap((tenant) => Array.from({ length: each }, (_, n) => ({ tenant, n, order: random() })));
  requests.sort((left, right) => left.order - right.order);
  await limit.map(requests, async ({ tenant, n, order }) => {
    await pause(order * longestPauseMs);
    const call = asks[n % asks.length]!(tenant, n);
    const answer = await mounted.send({ ...call, headers: headersOf(tenant, n) });
    const seen = new Set(wholeText(answer).match(anyCanary));
    if (answer.status >= 300) faults.push(`${tenant.name}: ${answer.status} ${answer.body}`);
    if (!seen.delete(tenant.canary)) faults.push(`${tenant.name}: lacks its own, ${call.method} ${call.path}`);
    for (const other of seen) faults.push(`${tenant.name}: holds ${other}, ${call.method} ${call.path}`);
  });
  return faults;
}

// Through the core two hundred requests of each tenant; frameworks before it only have to show that they do not mix.
const eachOf = (name: string): number => (name === "node:http" ? 200 : 20);

describe("fifty tenants at once", () => {
  let directory = "";
  let engine: TenantEngine;
  let all: readonly Tenant[] = [];

  beforeAll(async () => {
    directory = await makeTempDirectory();
    engine = valueOf(await TenantEngine.open({ dataDir: directory, durability: "normal" }));
    all = await makeTenants(engine);
  });
  afterAll(async () => {
    await engine.close();
    await removeTempDirectory(directory);
  });

  it.each(faceNames)("see their own: %s", async (name) => {
    const mounted = await mountings[name](engine, { rateLimit: false });
    onTestFinished(() => mounted.close());
    expect((await askAll(mounted, all, eachOf(name))).slice(0, 10)).toEqual([]);
  });

  it("are told apart from a mounting that keeps who asks in one variable", async () => {
    let current: readonly string[] = [];
    const careless: Mount = (served, options) => {
      const listener = createNodeListener(served, options);
      return listening(
        createServer((request, response) => {
          current = request.rawHeaders;
          void pause(1).then(() => {
            request.rawHeaders = [...current];
            return listener(request, response);
          });
        }),
      );
    };
    const mounted = await careless(engine, { rateLimit: false });
    onTestFinished(() => mounted.close());
    const faults = await askAll(mounted, all, 5);
    expect(faults.filter((fault) => fault.includes("holds canary")).length).toBeGreaterThan(0);
  });
});
