// Whoever has no business in a database gets nothing out of it and nothing into it: every call by every kind of stranger,
// against databases that hold the same ids, the same people and the same passwords.
import { createHash, randomBytes } from "node:crypto";
import { copyFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ok, TenantEngine, type Database, type Principal, type User } from "../../lib/index.js";
import { attacks, shownOf, type Answer, type Knowledge } from "../support/access-calls.js";
import { claimsOf, signedWithKeyOf, withClaims, withHeader } from "../support/access-tokens.js";
import { changeFile } from "../support/raw-database.js";
import { setClock, type SetClock } from "../support/set-clock.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const secret = "a secret that no attacker knows, of 48 characters";
const password = "correct horse";
const signedIn = "@request.auth.id != ''";
const open = {
  listRule: signedIn,
  viewRule: signedIn,
  createRule: signedIn,
  updateRule: signedIn,
  deleteRule: signedIn,
} as const;
const collections = [
  { name: "users", type: "auth", fields: [{ name: "name", type: "text" }], ...open },
  {
    name: "notes",
    fields: [
      { name: "mark", type: "text" },
      { name: "owner", type: "relation", collection: "users" },
      { name: "peer", type: "relation", collection: "notes" },
    ],
    softDelete: true,
    ...open,
  },
  { name: "ledger", fields: [{ name: "mark", type: "text" }] },
] as const;

const openWith = async (dataDir: string, clock: SetClock): Promise<TenantEngine> => {
  const engine = valueOf(await TenantEngine.open({ dataDir, clock, jwtSecret: secret, durability: "normal" }));
  onTestFinished(async () => void (await engine.close()));
  return engine;
};

/** Who attacks: asked anew for each call, as a request would. */
interface Attacker {
  readonly name: string;
  readonly principal: () => Answer<Principal>;
  readonly isGuest?: boolean;
  /** A handle from before, instead of a new one. */
  readonly handle?: Database;
}

interface Tenants {
  readonly engine: TenantEngine;
  readonly attackers: readonly Attacker[];
  readonly tokens: readonly string[];
  readonly owner: User;
  readonly ofA: User;
  readonly knowledge: Knowledge;
  readonly fileOfB: string;
}

async function login(engine: TenantEngine, database: string, email: string): Promise<string> {
  return valueOf(await engine.db(database).auth.login(email, password)).token;
}

/** Database a; b, its copy with other marks; and remade, deleted and made again. Closed once, so that the files are whole. */
async function makeTenants(dataDir: string, clock: SetClock) {
  const first = await openWith(dataDir, clock);
  for (const definition of collections) valueOf(await first.collections.create(definition));
  valueOf(await first.databases.create({ name: "a" }));
  const a = first.db("a");
  const account = async (db: Database, email: string): Promise<string> =>
    valueOf(await db.collection("users").create({ email, password, name: email })).id;
  const userId = await account(a, "shared@example.com");
  const ids: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    const row = { mark: `mine ${n}`, owner: userId, peer: ids[0] ?? null };
    ids.push(valueOf(await a.collection("notes").create(row)).id);
  }
  valueOf(await first.close());
  const fileOfB = join(dataDir, "b.db");
  await copyFile(join(dataDir, "a.db"), fileOfB);
  await changeFile(
    fileOfB,
    `update "_engine" set "value" = '${randomBytes(16).toString("hex")}' where "key" = 'id';
     update "notes" set "mark" = 'canary ' || "mark"; update "users" set "name" = 'canary';`,
  );
  const second = await openWith(dataDir, clock);
  const b = second.db("b");
  const ownId = valueOf(await b.collection("notes").create({ mark: "canary of b alone" })).id;
  await account(second.db("a"), "only-a@example.com");
  const early = await login(second, "b", "shared@example.com");
  clock.ms += 90 * 24 * 3_600_000;
  const gone = await account(b, "gone@example.com");
  const ofGone = await login(second, "b", "gone@example.com");
  const principalOfGone = valueOf(await second.authenticate(ofGone));
  valueOf(await b.collection("users").delete(gone));
  return { ids, userId, ownId, early, ofGone, principalOfGone, second, fileOfB };
}

async function remake(engine: TenantEngine) {
  valueOf(await engine.databases.create({ name: "remade" }));
  const handle = engine.db("remade");
  const email = "shared@example.com";
  valueOf(await handle.collection("users").create({ email, password, name: "old" }));
  const token = await login(engine, "remade", email);
  const principal = valueOf(await engine.authenticate(token));
  valueOf(await engine.databases.delete("remade"));
  valueOf(await engine.databases.create({ name: "remade" }));
  const again = engine.db("remade");
  const owner = valueOf(await again.collection("users").create({ email, password, name: "canary" })).id;
  for (let n = 0; n < 3; n += 1) valueOf(await again.collection("notes").create({ mark: "canary", owner }));
  return { handle, token, principal };
}

async function openTenants(): Promise<Tenants> {
  const dataDir = await tempDirectory();
  const clock = setClock();
  const made = await makeTenants(dataDir, clock);
  valueOf(await made.second.close());
  const engine = await openWith(dataDir, clock);
  const remade = await remake(engine);
  const [shared, onlyA, ofB] = [
    await login(engine, "a", "shared@example.com"),
    await login(engine, "a", "only-a@example.com"),
    await login(engine, "b", "shared@example.com"),
  ];
  const [inA, inB] = [claimsOf(shared), claimsOf(ofB)];
  const cursorOf = async (name: string): Promise<string> =>
    valueOf(await engine.db(name).collection("notes").getList(1, 2, { cursor: "" })).nextCursor ?? "";
  const remadeNow = claimsOf(await login(engine, "remade", "shared@example.com"));
  const tokens: Readonly<Record<string, string>> = {
    "user of A with the same id": shared,
    "user of A alone": onlyA,
    "expired token of B": made.early,
    "deleted user of B": made.ofGone,
    "token of the database that was deleted": remade.token,
    "claims of B, key of A": await signedWithKeyOf(secret, inA, inB),
    "claims of B, key of another collection": await signedWithKeyOf(secret, { ...inB, col: "users" }, inB),
    "claims of B, another secret": await signedWithKeyOf("another secret of more than 32 characters", inB, inB),
    "A's token, database altered": withClaims(shared, { db: inB.db }),
    "B's expired token, time altered": withClaims(made.early, { iat: inB.iat, exp: inB.exp }),
    "B's token, user altered": withClaims(ofB, { sub: claimsOf(onlyA).sub }),
    "B's token, epoch altered": withClaims(ofB, { epoch: inB.epoch + 1 }),
    "B's token, algorithm none": withHeader(ofB, { alg: "none", typ: "JWT" }),
    "old token, database altered": withClaims(remade.token, { db: remadeNow.db }),
  };
  const given = (principal: Principal) => async () => ok(principal);
  const ofA = valueOf(await engine.authenticate(shared)) as User;
  const attackers: readonly Attacker[] = [
    ...Object.entries(tokens).map(([name, token]) => ({ name, principal: () => engine.authenticate(token) })),
    { name: "guest", principal: given({ kind: "guest" }), isGuest: true },
    { name: "principal of the database that was deleted", principal: given(remade.principal) },
    { name: "the same, by its old handle", principal: given(remade.principal), handle: remade.handle },
    { name: "principal that says it is of B", principal: given({ ...ofA, databaseName: "b" }) },
  ];
  const cursor = await cursorOf("b");
  const knowledge = {
    ...{ sharedId: made.ids[0] ?? "", ownId: made.ownId, userId: made.userId },
    ...{ cursor, foreignCursor: await cursorOf("a") },
  };
  const owner = valueOf(await engine.authenticate(ofB)) as User;
  return { engine, attackers, tokens: Object.values(tokens), owner, ofA, knowledge, fileOfB: made.fileOfB };
}

async function fingerprint(path: string): Promise<string> {
  const wal = await stat(`${path}-wal`).then(
    ({ size }) => size,
    () => 0,
  );
  return `${createHash("sha256")
    .update(await readFile(path))
    .digest("hex")} ${wal}`;
}

const tenantAccess = { name: "Tenant Access", collection: "*", rule: "@request.auth.tenantId = @request.data.dbname" };

describe("strangers in a database", () => {
  it.each([
    { regime: "without database-level rules", rules: [] },
    { regime: "with the tenant access rule", rules: [tenantAccess] },
  ])("get nothing, learn nothing and change nothing, $regime", async ({ rules }) => {
    const { engine, attackers, knowledge, fileOfB } = await openTenants();
    for (const rule of rules) valueOf(await engine.rules.create(rule));
    const before = await fingerprint(fileOfB);
    let cases = 0;
    const faults: string[] = [];
    for (const { name, principal, isGuest = false, handle } of attackers) {
      for (const [call, attack] of Object.entries(attacks)) {
        const shown: Record<string, string> = {};
        for (const target of ["b", "remade", "nowhere"]) {
          const asked = await principal();
          const answer = asked.isErr() ? asked : await attack((handle ?? engine.db(target)).as(asked.value), knowledge);
          shown[target] = shownOf(answer);
          cases += 1;
          const isRefused = answer.isErr() && ["forbidden", "unauthenticated"].includes(answer.error.code);
          if (shown[target].includes("canary")) faults.push(`${name}, ${call}, ${target}: leaks ${shown[target]}`);
          if (!isRefused && !isGuest) faults.push(`${name}, ${call}, ${target}: ${shown[target]}`);
        }
        if (!isGuest && shown["b"] !== shown["nowhere"]) faults.push(`${name}, ${call}: tells which databases exist`);
      }
    }
    expect(faults.slice(0, 20)).toEqual([]);
    expect(cases).toBeGreaterThan(1_500);
    valueOf(await engine.close());
    expect(await fingerprint(fileOfB)).toBe(before);
  });

  it("hear the same of a closed collection whether the database exists or not, guests too", async () => {
    const { engine, knowledge } = await openTenants();
    for (const call of ["ledger getList", "ledger create"]) {
      const [here, nowhere] = [
        await attacks[call]!(engine.db("b").as(null), knowledge),
        await attacks[call]!(engine.db("nowhere").as(null), knowledge),
      ];
      refusalOf(here, "forbidden");
      expect(shownOf(nowhere)).toBe(shownOf(here));
    }
  });

  it("cannot use a foreign token, or a tampered one, for an account of the database", async () => {
    const { engine, tokens, fileOfB } = await openTenants();
    const before = await fingerprint(fileOfB);
    const { auth } = engine.db("b");
    for (const token of tokens) {
      for (const answer of [
        await auth.me(token),
        await auth.refresh(token),
        await auth.changePassword(token, password, "a new password"),
      ]) {
        const refused = shownOf(answer);
        refusalOf(answer, "unauthenticated");
        expect(refused).not.toContain("canary");
      }
    }
    valueOf(await engine.close());
    expect(await fingerprint(fileOfB)).toBe(before);
  });

  it("are told from who belongs there: the same calls by the owner of the database show its marks", async () => {
    const { engine, owner, knowledge } = await openTenants();
    const db = engine.db("b").as(owner);
    const leaking: string[] = [];
    for (const [call, attack] of Object.entries(attacks)) {
      if (shownOf(await attack(db, knowledge)).includes("canary")) leaking.push(call);
    }
    expect(leaking.length).toBeGreaterThan(12);
  });
});

describe("a user in his own database", () => {
  it("reaches nothing of another by its ids, cursors and names", async () => {
    const { engine, ofA, knowledge } = await openTenants();
    const notes = engine.db("a").as(ofA).collection("notes");
    const { sharedId, ownId, cursor } = knowledge;
    refusalOf(await notes.getOne(ownId), "record_not_found");
    refusalOf(await notes.update(ownId, { mark: "x" }), "record_not_found");
    refusalOf(await notes.delete(ownId), "record_not_found");
    const linked = refusalOf(await notes.create({ mark: "x", peer: ownId }), "validation_failed");
    expect(linked.details.fields["peer"]?.code).toBe("relation_not_found");
    refusalOf(await notes.update(sharedId, { peer: ownId }), "validation_failed");
    refusalOf(await notes.getList(1, 2, { cursor }), "request_invalid");
    expect(valueOf(await notes.count(["id = {:id} || mark ~ 'canary'", { id: ownId }]))).toBe(0);
    const everything = await notes.getList(1, 50, { expand: "peer.owner,owner", sort: "-mark" });
    expect(valueOf(everything).items).toHaveLength(4);
    expect(shownOf(everything)).not.toContain("canary");
  });

  it("is shown what stands in his own file though the other has the same ids", async () => {
    const { engine, ofA, owner, knowledge } = await openTenants();
    const { sharedId } = knowledge;
    expect(valueOf(await engine.db("a").as(ofA).collection("notes").getOne(sharedId))["mark"]).toBe("mine 0");
    expect(valueOf(await engine.db("b").as(owner).collection("notes").getOne(sharedId))["mark"]).toBe("canary mine 0");
    expect(owner.record.id).toBe(ofA.record.id);
  });
});
