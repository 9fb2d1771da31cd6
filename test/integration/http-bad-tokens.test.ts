// Tokens that must not count, sent with every kind of request: none is accepted, and none makes its sender a guest.
import { describe, expect, it, onTestFinished } from "vitest";
import { deriveKey } from "../../lib/access/secret.js";
import type { CollectionDefinition } from "../../lib/index.js";
import { badTokens, claimsOf } from "../support/bad-tokens.js";
import type { HttpCall } from "../support/http-calls.js";
import { mountings, type Mounted } from "../support/http-mountings.js";
import { openTenant } from "../support/open-engine.js";
import { seededRandom, testSeed } from "../support/random.js";
import { valueOf } from "../support/unwrap.js";

const jwtSecret = "0123456789abcdef0123456789abcdef";
// Guests may do everything: whoever becomes one is found out.
const open = { listRule: "", viewRule: "", createRule: "", updateRule: "", deleteRule: "" } as const;
const collections: readonly CollectionDefinition[] = [
  { name: "users", type: "auth", ...open },
  { name: "members", type: "auth", ...open },
  { name: "notes", fields: [{ name: "mark", type: "text" }], ...open },
];

const json = (method: string, path: string, body: unknown): HttpCall => ({
  method,
  path,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** One request of each kind that asks who is there. */
const requestsFor = (noteId: string): readonly HttpCall[] => [
  { method: "GET", path: "/api/collections/notes/records" },
  { method: "HEAD", path: "/api/collections/notes/records" },
  { method: "GET", path: `/api/collections/notes/records/${noteId}?expand=` },
  json("POST", "/api/collections/notes/records", { mark: "bad" }),
  json("PATCH", `/api/collections/notes/records/${noteId}`, { mark: "bad" }),
  { method: "DELETE", path: `/api/collections/notes/records/${noteId}` },
  json("POST", "/api/batch", { requests: [] }),
  { method: "GET", path: "/api/auth/me" },
  { method: "POST", path: "/api/auth/refresh" },
  { method: "POST", path: "/api/collections/users/auth-refresh" },
  { method: "GET", path: "/api/databases" },
  json("POST", "/api/collections", { name: "bad" }),
  { method: "GET", path: "/api/rules" },
  { method: "GET", path: "/api/stats" },
];

async function openWithToken() {
  const { engine, db } = await openTenant(collections, { jwtSecret });
  valueOf(await engine.databases.create({ name: "client2" }));
  const account = { email: "ada@example.com", password: "correct horse" };
  const { token } = valueOf(await db.auth.register(account));
  const elsewhere = valueOf(await engine.db("client2").auth.register(account, { collection: "members" }));
  const noteId = valueOf(await db.collection("notes").create({ mark: "stays" })).id;
  return { engine, db, token, elsewhere: elsewhere.token, noteId };
}

const keyOf = (token: string): Uint8Array => {
  const claims = claimsOf(token);
  return deriveKey(jwtSecret, "token", String(claims["db"]), String(claims["col"]));
};

/** What was not refused as it must be. */
async function accepted(mounted: Mounted, calls: readonly HttpCall[], name: string, token: string) {
  const faults: string[] = [];
  for (const call of calls) {
    const headers = { ...call.headers, "x-dbname": "client1", authorization: `Bearer ${token}` };
    const { status, body } = await mounted.send({ ...call, headers });
    // 400 and 431: it could not even be read as one header.
    if (![400, 401, 431].includes(status)) faults.push(`${name}, ${call.method} ${call.path}: ${status} ${body}`);
  }
  return faults;
}

// A header may hold blanks in front and ends at a line: these are the good token.
const isGoodInHeader = (name: string): boolean => ["a space before", "a line feed behind"].includes(name);
const isHeaderText = (token: unknown): token is string => typeof token === "string" && /^[\x20-\x7e]*$/.test(token);

describe("bad tokens over HTTP", () => {
  it.each(["node:http", "fetch"] as const)("are refused by every route, of every class: %s", async (name) => {
    const { engine, db, token, elsewhere, noteId } = await openWithToken();
    const mounted = await mountings[name](engine, { rateLimit: false });
    onTestFinished(() => mounted.close());
    const calls = requestsFor(noteId);
    const there = claimsOf(elsewhere);
    const other = { db: String(there["db"]), col: String(there["col"]), key: keyOf(elsewhere) };
    const bad = [...badTokens({ key: keyOf(token), claims: claimsOf(token), other })];
    const sent = bad.filter(([what, each]) => isHeaderText(each) && !isGoodInHeader(what)) as [string, string][];
    expect(sent.length).toBeGreaterThan(60);
    const faults: string[] = [];
    for (const [what, each] of sent) faults.push(...(await accepted(mounted, calls, what, each)));
    expect(faults).toEqual([]);
    // The control: the same requests with the good token are let in, all but those for superusers.
    const letIn = await accepted(
      mounted,
      calls.filter(({ method }) => method !== "DELETE"),
      "good",
      token,
    );
    expect(letIn.length).toBe(calls.length - 1);
    expect(valueOf(await db.collection("notes").getOne(noteId))).toMatchObject({ mark: "bad" });
  });

  it("and with one bit flipped anywhere", async () => {
    const { engine, token, noteId } = await openWithToken();
    const mounted = await mountings["node:http"](engine, { rateLimit: false });
    onTestFinished(() => mounted.close());
    const random = seededRandom(testSeed("bit flips over HTTP"));
    const calls = requestsFor(noteId);
    const faults: string[] = [];
    for (let flip = 0; flip < 1_000; flip += 1) {
      const bytes = Buffer.from(token, "latin1");
      const place = Math.floor(random() * bytes.length);
      // The lower seven bits: a byte outside ASCII is another test's.
      bytes[place] = bytes[place]! ^ (1 << Math.floor(random() * 7));
      const flipped = bytes.toString("latin1");
      if (!isHeaderText(flipped) || flipped.trim() === token) continue;
      faults.push(...(await accepted(mounted, [calls[flip % calls.length]!], `bit of ${place}`, flipped)));
    }
    expect(faults).toEqual([]);
  });
});
