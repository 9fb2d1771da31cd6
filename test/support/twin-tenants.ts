// Databases that an attacker could mistake for each other: the same ids, people and passwords in two files, a database
// made again under its old name, and every kind of token that has no business there.
import { randomBytes } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { TenantEngine, type Database, type Principal } from "../../lib/index.js";
import type { Knowledge } from "./access-calls.js";
import { claimsOf, signedWithKeyOf, withClaims, withHeader } from "./access-tokens.js";
import { changeFile } from "./raw-database.js";
import { setClock, type SetClock } from "./set-clock.js";
import { tempDirectory } from "./temp-directory.js";
import { valueOf } from "./unwrap.js";

/** The secret of the engine; no attacker knows it. */
const twinSecret = "a secret that no attacker knows, of 48 characters";

/** Of every account, superusers too. */
export const twinPassword = "correct horse";

/** The account that a, b, remade and default all have, under the same id in a and b. */
const sharedEmail = "shared@example.com";

/** An account of a alone. */
const onlyA = "only-a@example.com";

/** A mark of every record and every account's name, by the database that holds it; a's own marks begin with "mine". */
export const canaryOf = { b: "canary-b", remade: "canary-remade", default: "canary-default" } as const;

/** Stood in `remade` before it was deleted. */
export const formerCanary = "canary-former";

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
  const engine = valueOf(await TenantEngine.open({ dataDir, clock, jwtSecret: twinSecret, durability: "normal" }));
  onTestFinished(async () => void (await engine.close()));
  return engine;
};

const login = async (engine: TenantEngine, database: string, email: string): Promise<string> =>
  valueOf(await engine.db(database).auth.login(email, twinPassword)).token;

const account = async (db: Database, email: string, name: string): Promise<string> =>
  valueOf(await db.collection("users").create({ email, password: twinPassword, name })).id;

/** Database a, and b, its copy with other marks; closed again, so that the files are whole. */
async function makeTwins(dataDir: string, clock: SetClock) {
  const first = await openWith(dataDir, clock);
  for (const definition of collections) valueOf(await first.collections.create(definition));
  valueOf(await first.databases.create({ name: "a" }));
  const a = first.db("a");
  const userId = await account(a, sharedEmail, sharedEmail);
  const ids: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    const row = { mark: `mine ${n}`, owner: userId, peer: ids[0] ?? null };
    ids.push(valueOf(await a.collection("notes").create(row)).id);
  }
  valueOf(await first.close());
  await copyFile(join(dataDir, "a.db"), join(dataDir, "b.db"));
  await changeFile(
    join(dataDir, "b.db"),
    `update "_engine" set "value" = '${randomBytes(16).toString("hex")}' where "key" = 'id';
     update "notes" set "mark" = '${canaryOf.b} ' || "mark"; update "users" set "name" = '${canaryOf.b}';`,
  );
  const second = await openWith(dataDir, clock);
  const b = second.db("b");
  const ownId = valueOf(await b.collection("notes").create({ mark: `${canaryOf.b} alone` })).id;
  await account(second.db("a"), onlyA, onlyA);
  const early = await login(second, "b", sharedEmail);
  clock.ms += 90 * 24 * 3_600_000;
  const gone = await account(b, "gone@example.com", canaryOf.b);
  const ofGone = await login(second, "b", "gone@example.com");
  valueOf(await b.collection("users").delete(gone));
  valueOf(await second.close());
  return { userId, sharedId: ids[0] ?? "", ownId, early, ofGone };
}

/** A database with tokens of its former self, which was deleted. */
async function remake(engine: TenantEngine) {
  valueOf(await engine.databases.create({ name: "remade" }));
  const handle = engine.db("remade");
  await account(handle, sharedEmail, formerCanary);
  const token = await login(engine, "remade", sharedEmail);
  const principal = valueOf(await engine.authenticate(token));
  valueOf(await engine.databases.delete("remade"));
  valueOf(await engine.databases.create({ name: "remade" }));
  await fill(engine.db("remade"), canaryOf.remade);
  return { handle, token, principal };
}

async function fill(db: Database, canary: string): Promise<void> {
  const owner = await account(db, sharedEmail, canary);
  for (let n = 0; n < 3; n += 1) valueOf(await db.collection("notes").create({ mark: canary, owner }));
}

/** An engine over the twins, and what an attacker may hold. */
export interface TwinTenants {
  readonly engine: TenantEngine;
  readonly dataDir: string;
  readonly clock: SetClock;
  /** Good tokens of people who belong somewhere: of a, of b (the same ids), of remade, of default, and a superuser's. */
  readonly good: Readonly<Record<"shared of a" | "only a" | "owner of b" | "owner of remade" | "of default", string>>;
  readonly superuser: string;
  /** Tokens that count nowhere. */
  readonly bad: Readonly<Record<string, string>>;
  /** What trusted code still holds of the database that was deleted. */
  readonly former: { readonly handle: Database; readonly principal: Principal };
  /** What the attacker of b knows. */
  readonly knowledge: Knowledge;
}

/** Makes the files and opens the engine over them; all is gone when the running test is finished. */
export async function openTwinTenants(): Promise<TwinTenants> {
  const dataDir = await tempDirectory();
  const clock = setClock();
  const { userId, sharedId, ownId, early, ofGone } = await makeTwins(dataDir, clock);
  const engine = await openWith(dataDir, clock);
  const former = await remake(engine);
  await fill(engine.db("default"), canaryOf.default);
  valueOf(await engine.superusers.create({ email: "root@example.com", password: twinPassword }));

  const good = {
    "shared of a": await login(engine, "a", sharedEmail),
    "only a": await login(engine, "a", onlyA),
    "owner of b": await login(engine, "b", sharedEmail),
    "owner of remade": await login(engine, "remade", sharedEmail),
    "of default": await login(engine, "default", sharedEmail),
  };
  const root = await engine.db().auth.login("root@example.com", twinPassword, { collection: "_superusers" });
  const [inA, inB, inRemade] = [
    claimsOf(good["shared of a"]),
    claimsOf(good["owner of b"]),
    claimsOf(good["owner of remade"]),
  ];
  const ofB = good["owner of b"];
  const bad = {
    "expired token of B": early,
    "deleted user of B": ofGone,
    "token of the database that was deleted": former.token,
    "claims of B, key of A": await signedWithKeyOf(twinSecret, inA, inB),
    "claims of B, key of another collection": await signedWithKeyOf(twinSecret, { ...inB, col: "users" }, inB),
    "claims of B, another secret": await signedWithKeyOf("another secret of more than 32 characters", inB, inB),
    "A's token, database altered": withClaims(good["shared of a"], { db: inB.db }),
    "B's expired token, time altered": withClaims(early, { iat: inB.iat, exp: inB.exp }),
    "B's token, user altered": withClaims(ofB, { sub: claimsOf(good["only a"]).sub }),
    "B's token, epoch altered": withClaims(ofB, { epoch: inB.epoch + 1 }),
    "B's token, algorithm none": withHeader(ofB, { alg: "none", typ: "JWT" }),
    "old token, database altered": withClaims(former.token, { db: inRemade.db }),
  };
  const cursorOf = async (name: string): Promise<string> =>
    valueOf(await engine.db(name).collection("notes").getList(1, 2, { cursor: "" })).nextCursor ?? "";
  const knowledge = {
    ...{ sharedId, ownId, userId },
    ...{ cursor: await cursorOf("b"), foreignCursor: await cursorOf("a") },
  };
  const superuser = valueOf(root).token;
  return { engine, dataDir, clock, good, superuser, bad, former, knowledge };
}
