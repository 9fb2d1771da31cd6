// Tokens through the engine on real files: whose they are, in which database, and what ends them.
import { describe, expect, it, onTestFinished } from "vitest";
import { deriveKey } from "../../lib/access/secret.js";
import { TenantEngine, type CollectionDefinition, type Database } from "../../lib/index.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { badTokens, claimsOf, forgeToken } from "../support/bad-tokens.js";
import { observedDriver } from "../support/observed-ports.js";
import { openEngine, openTenant, sharedTenant } from "../support/open-engine.js";
import { setClock } from "../support/set-clock.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const jwtSecret = "0123456789abcdef0123456789abcdef";
const password = "correct horse";
const header = { alg: "HS256", typ: "JWT" };
const day = 24 * 3_600_000;

const users: CollectionDefinition = { name: "users", type: "auth", softDelete: true };
const members: CollectionDefinition = { name: "members", type: "auth" };
const teams: CollectionDefinition = { name: "teams", softDelete: true };
const staff: CollectionDefinition = {
  name: "staff",
  type: "auth",
  softDelete: true,
  fields: [{ name: "team", type: "relation", collection: "teams", cascadeDelete: true }],
};

let accounts = 0;
const signUp = async (db: Database, email = `account${(accounts += 1)}@example.com`, collection = "users") =>
  valueOf(await db.auth.register({ email, password }, { collection }));

/** Every way in which a token is taken, as the answer's text: equal answers are equal texts. */
async function answersTo(engine: TenantEngine, db: Database, token: unknown): Promise<readonly string[]> {
  const given = token as string;
  const answers = [
    await engine.authenticate(given),
    await db.auth.me(given),
    await db.auth.refresh(given),
    await db.auth.changePassword(given, password, "a new password"),
    await db.as(null).auth.me(given),
  ];
  const told = answers.map((answer) => (answer.isOk() ? "accepted" : JSON.stringify(answer.error)));
  return engine.recallPrincipal(given) === undefined ? told : [...told, "recalled"];
}

const refused = JSON.stringify({
  code: "unauthenticated",
  message: "The token is not valid, or not any more; sign in again.",
  details: {},
});

/** Refused everywhere in the same words. */
async function expectRefused(engine: TenantEngine, db: Database, token: unknown): Promise<void> {
  expect(new Set(await answersTo(engine, db, token))).toEqual(new Set([refused]));
}

const authenticated = async (engine: TenantEngine, token: string): Promise<boolean> =>
  (await engine.authenticate(token)).isOk();

describe("a bad token", () => {
  it("is refused by every call that takes one, in the same words, and none throws", async () => {
    const { engine, db } = await openTenant([users, members], { jwtSecret });
    valueOf(await engine.databases.create({ name: "client2" }));
    const { token, user } = await signUp(db);
    const there = claimsOf((await signUp(engine.db("client2"), undefined, "members")).token);
    const claims = claimsOf(token);
    const [dbId, col] = [String(claims["db"]), String(claims["col"])];
    const [otherDb, otherCol] = [String(there["db"]), String(there["col"])];
    const key = deriveKey(jwtSecret, "token", dbId, col);
    // The control: made in the same way, with nothing wrong, it counts.
    expect(forgeToken({ header, payload: claims }, key)).toBe(token);
    valueOf(await engine.authenticate(token));

    const other = { db: otherDb, col: otherCol, key: deriveKey(jwtSecret, "token", otherDb, otherCol) };
    const bad = badTokens({ key, claims, other });
    expect(bad.size).toBeGreaterThan(60);
    for (const [name, wrong] of bad) {
      expect({ name, answers: new Set(await answersTo(engine, db, wrong)) }).toEqual({
        name,
        answers: new Set([refused]),
      });
    }
    valueOf(await engine.authenticate(token));
    valueOf(await db.auth.login(user["email"] as string, password));
  });
});

describe("a token in another database", () => {
  it("is nobody's, also where id, address, password and collection are the same", async () => {
    const { engine, db } = await openTenant([users], { jwtSecret });
    valueOf(await engine.databases.create({ name: "client2" }));
    const there = engine.db("client2");
    const here = await signUp(db, "ada@example.com");
    await signUp(there, "ada@example.com");
    const elsewhere = valueOf(await there.auth.login("ada@example.com", password));
    refusalOf(await there.auth.me(here.token), "unauthenticated");
    refusalOf(await there.auth.refresh(here.token), "unauthenticated");
    refusalOf(await there.auth.changePassword(here.token, password, "a new password"), "unauthenticated");
    const principal = valueOf(await engine.authenticate(here.token));
    expect(principal).toMatchObject({ kind: "user", databaseName: "client1", record: { id: here.user.id } });

    // A record of the same id in the other database, as a hostile or a copied tenant has it.
    const claims = claimsOf(here.token);
    const moved = { ...claimsOf(elsewhere.token), sub: here.user.id };
    const keyHere = deriveKey(jwtSecret, "token", String(claims["db"]), String(claims["col"]));
    await expectRefused(engine, there, forgeToken({ header, payload: moved }, keyHere));
    await expectRefused(
      engine,
      there,
      forgeToken({ header, payload: { ...claims, db: claimsOf(elsewhere.token)["db"] } }, keyHere),
    );
  });

  it("opens no file unless it is signed with the key of a database that is there", async () => {
    const dataDir = await tempDirectory();
    const first = await openEngine({ dataDir, jwtSecret });
    valueOf(await first.collections.create(users));
    valueOf(await first.databases.create({ name: "client1" }));
    const { token, user } = await signUp(first.db("client1"));
    valueOf(await first.close());

    const opened: string[] = [];
    const driver = observedDriver((call, path) => void (call === "open" && opened.push(path)));
    const storage = createSqliteStorage({ dataDir, durability: "normal", driver });
    const engine = await openEngine({ dataDir, jwtSecret, storage });
    const ofTenant = (): number => opened.filter((path) => path.endsWith("client1.db")).length;
    const claims = claimsOf(token);
    const signed = (changed: object, db: string): string =>
      forgeToken(
        { header, payload: { ...claims, ...changed } },
        deriveKey(jwtSecret, "token", db, String(claims["col"])),
      );
    const unknown = "f".repeat(32);
    for (const bad of [
      signed({ db: unknown }, unknown),
      signed({ db: unknown }, String(claims["db"])),
      signed({}, unknown),
      signed({ exp: claims["iat"] }, String(claims["db"])),
    ]) {
      refusalOf(await engine.authenticate(bad), "unauthenticated");
    }
    expect(ofTenant()).toBe(0);
    expect(valueOf(await engine.authenticate(token))).toMatchObject({ record: { id: user.id } });
    expect(ofTenant()).toBeGreaterThan(0);
  });

  it("is looked up once as long as nothing is written to its database", async () => {
    const dataDir = await tempDirectory();
    const statements: string[] = [];
    const driver = observedDriver((call, sql, path) => {
      if ((call === "all" || call === "run") && path.endsWith("client1.db")) statements.push(sql);
    });
    const storage = createSqliteStorage({ dataDir, durability: "normal", driver });
    const { engine, db } = await openTenant([users, teams], { dataDir, jwtSecret, storage });
    const { token } = await signUp(db);
    const statementsOf = async (): Promise<number> => {
      const before = statements.length;
      valueOf(await engine.authenticate(token));
      return statements.length - before;
    };
    expect(await statementsOf()).toBe(1);
    expect(await statementsOf()).toBe(0);
    valueOf(await db.collection("teams").create({}));
    expect(await statementsOf()).toBe(1);
    expect(await statementsOf()).toBe(0);
  });

  it("is over with its database, and does not reach one made under the same name", async () => {
    const { engine, db } = await openTenant([users], { jwtSecret });
    const before = await signUp(db, "ada@example.com");
    valueOf(await engine.databases.delete("client1"));
    expect(await authenticated(engine, before.token)).toBe(false);
    valueOf(await engine.databases.create({ name: "client1" }));
    const again = engine.db("client1");
    const after = await signUp(again, "ada@example.com");
    await expectRefused(engine, again, before.token);
    valueOf(await engine.authenticate(after.token));
    expect(claimsOf(after.token)["db"]).not.toBe(claimsOf(before.token)["db"]);
  });
});

describe("a token's time", () => {
  it("is the engine's option, by its clock, and refreshing begins a new one", async () => {
    const clock = setClock();
    const { engine, db } = await openTenant([users], { clock, tokenTtlMs: 10 * day });
    const { token, user } = await signUp(db);
    clock.ms += 6 * day;
    const refreshed = valueOf(await db.auth.refresh(token));
    expect(refreshed.user).toEqual(user);
    clock.ms += 4 * day;
    await expectRefused(engine, db, token);
    valueOf(await engine.authenticate(refreshed.token));
    clock.ms += 6 * day;
    await expectRefused(engine, db, refreshed.token);
  });

  it("is 14 days where nothing is said", async () => {
    const clock = setClock();
    const { engine, db } = await openTenant([users], { clock });
    const { token } = await signUp(db);
    clock.ms += 14 * day - 1;
    expect(await authenticated(engine, token)).toBe(true);
    clock.ms += 1;
    expect(await authenticated(engine, token)).toBe(false);
  });

  it.each([
    ["tokenTtlMs", 999],
    ["tokenTtlMs", 1.5],
    ["tokenTtlMs", "14d"],
    ["defaultAuthCollection", ""],
    ["defaultAuthCollection", 1],
  ])("and its defaults are refused when they mean nothing: %s %j", async (name, value) => {
    const opened = await TenantEngine.open({ dataDir: await tempDirectory(), [name]: value });
    expect(refusalOf(opened, "request_invalid").details.parameter).toBe(name);
  });

  it("goes on after the engine was closed and opened again, with the secret of the directory", async () => {
    const dataDir = await tempDirectory();
    const first = valueOf(await TenantEngine.open({ dataDir, durability: "normal" }));
    onTestFinished(async () => void (await first.close()));
    valueOf(await first.collections.create(users));
    const { token, user } = await signUp(first.db());
    valueOf(await first.close());
    refusalOf(await first.authenticate(token), "engine_closed");
    const again = await openEngine({ dataDir });
    expect(valueOf(await again.authenticate(token))).toMatchObject({ record: { id: user.id } });
    valueOf(await again.close());
    const other = await openEngine({ dataDir, jwtSecret });
    expect(await authenticated(other, token)).toBe(false);
  });
});

describe("what ends all tokens of an account at the next call", () => {
  const shared = sharedTenant([users, members, teams, staff]);

  it("an update that sets a password, and no other update", async () => {
    const { engine, db } = shared;
    const { token, user } = await signUp(db);
    valueOf(await db.collection("users").update(user.id, { verified: true }));
    expect(valueOf(await engine.authenticate(token))).toMatchObject({ record: { verified: true } });
    valueOf(await db.collection("users").update(user.id, { password: "a new password" }));
    await expectRefused(engine, db, token);
    const next = valueOf(await db.auth.login(user["email"] as string, "a new password"));
    valueOf(await db.collection("users").update(user.id, { password: "a new password" }));
    await expectRefused(engine, db, next.token);
  });

  it("an update in a transaction, when it is committed, and not when it is rolled back", async () => {
    const { engine, db } = shared;
    const { token, user } = await signUp(db);
    await db.transaction(async (tx) => {
      valueOf(await tx.collection("users").update(user.id, { password: "a new password" }));
      throw new Error("not after all");
    });
    expect(await authenticated(engine, token)).toBe(true);
    valueOf(await db.transaction((tx) => tx.collection("users").update(user.id, { password: "a new password" })));
    await expectRefused(engine, db, token);
  });

  it("a soft deletion, and undeleting brings none of them back", async () => {
    const { engine, db } = shared;
    const { token, user } = await signUp(db);
    valueOf(await db.collection("users").delete(user.id));
    await expectRefused(engine, db, token);
    valueOf(await db.collection("users").undelete(user.id));
    await expectRefused(engine, db, token);
    const next = valueOf(await db.auth.login(user["email"] as string, password));
    valueOf(await engine.authenticate(next.token));
  });

  it("a soft deletion of what the account hangs on", async () => {
    const { engine, db } = shared;
    const team = valueOf(await db.collection("teams").create({}));
    const data = { email: "staff@example.com", password, team: team.id };
    const { token } = valueOf(await db.auth.register(data, { collection: "staff" }));
    valueOf(await engine.authenticate(token));
    valueOf(await db.collection("teams").delete(team.id));
    await expectRefused(engine, db, token);
    valueOf(await db.collection("teams").undelete(team.id));
    await expectRefused(engine, db, token);
  });

  it("a deletion for good, and a purge", async () => {
    const { engine, db } = shared;
    const gone = await signUp(db, undefined, "members");
    valueOf(await db.collection("members").delete(gone.user.id));
    await expectRefused(engine, db, gone.token);
    const purged = await signUp(db);
    valueOf(await db.collection("users").delete(purged.user.id));
    valueOf(await db.collection("users").purge(purged.user.id));
    await expectRefused(engine, db, purged.token);
  });

  it("the deletion of its collection, while that lasts", async () => {
    const { engine, db } = await openTenant([members]);
    const { token } = await signUp(db, undefined, "members");
    valueOf(await engine.collections.delete("members"));
    await expectRefused(engine, db, token);
    valueOf(await engine.collections.undelete("members"));
    valueOf(await engine.authenticate(token));
  });

  it("but nothing that happens to another account", async () => {
    const { engine, db } = shared;
    const [mine, theirs] = [await signUp(db), await signUp(db)];
    valueOf(await db.collection("users").update(theirs.user.id, { password: "a new password" }));
    valueOf(await db.collection("users").delete(theirs.user.id));
    expect(valueOf(await engine.authenticate(mine.token))).toMatchObject({ record: { id: mine.user.id } });
  });
});
