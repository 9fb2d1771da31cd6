// engine.stats and db.stats: true figures, and only for those who may see them.
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { engineVersion, TenantEngine } from "../../lib/index.js";
import { openEngine, openTenant } from "../support/open-engine.js";
import { setClock } from "../support/set-clock.js";
import { turnedClock } from "../support/turned-clock.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const notes = { name: "notes", softDelete: true, fields: [{ name: "title", type: "text" }] } as const;

it("the engine's version is that of its package", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(engineVersion).toBe(version);
});

describe("engine.stats.get()", () => {
  it("counts databases, openings and closings with their reasons", async () => {
    const clock = setClock();
    const engine = await openEngine({ maxOpenDatabases: 3, clock });
    const before = valueOf(await engine.stats.get());
    expect(before).toMatchObject({
      version: engineVersion,
      databases: { total: 3, behind: 0 },
      pool: { maxOpen: 3, open: 1, inUse: 1, waiting: 0, waits: 0, refusals: 0, failedOpens: 0 },
    });
    expect(before.nativeCalls.limit).toBeGreaterThan(0);
    expect(before.memory!.rssBytes).toBeGreaterThan(before.memory!.heapUsedBytes);

    valueOf(await engine.collections.create(notes));
    for (const name of ["a", "b", "c"]) valueOf(await engine.databases.create({ name }));
    // Two places beside the default database: c takes that of a.
    for (const name of ["a", "b", "c"]) valueOf(await engine.db(name).collection("notes").count());
    valueOf(await engine.databases.delete("c"));
    refusalOf(await engine.db("nobody").collection("notes").count(), "database_not_found");

    clock.ms += 5_000;
    const after = valueOf(await engine.stats.get());
    expect(after.uptimeMs - before.uptimeMs).toBe(5_000);
    expect(after.schemaVersion).toBe(before.schemaVersion + 1);
    // stats and workflows have not been touched since the schema changed.
    expect(after.databases).toEqual({ total: 5, behind: 2 });
    expect(after.pool.opens - before.pool.opens).toBe(3);
    expect(after.pool.failedOpens).toBe(1);
    expect(after.pool.closes).toEqual({ ...before.pool.closes, cap: 1, hold: before.pool.closes.hold + 1 });
    expect(after.pool.open).toBe(2);
  });

  it("is refused after close", async () => {
    const engine = await openEngine();
    valueOf(await engine.close());
    refusalOf(await engine.stats.get(), "engine_closed");
  });
});

describe("the stats of a database", () => {
  it("tell how it stood before the call, and what it holds", async () => {
    const clock = setClock();
    const engine = await openEngine({ clock });
    valueOf(await engine.collections.create(notes));
    valueOf(await engine.databases.create({ name: "client1" }));
    const cold = valueOf(await engine.stats.get("client1"));
    expect(cold).toMatchObject({ name: "client1", isOpen: false, lastUsedAt: null, leases: 0, isBehind: false });
    expect(cold.collections).toEqual({ _stats: { records: 0 }, notes: { records: 0 } });

    const records = valueOf(
      await engine
        .db("client1")
        .collection("notes")
        .createMany([{ title: "a" }, { title: "b" }, { title: "c" }]),
    );
    valueOf(await engine.db("client1").collection("notes").delete(records[0]!.id));
    const usedAt = new Date(clock.now()).toISOString();
    clock.ms += 1_000;
    const warm = valueOf(await engine.db("client1").stats());
    expect(warm).toMatchObject({ isOpen: true, lastUsedAt: usedAt, waiting: { reads: 0, writes: 0 } });
    expect(warm.collections["notes"]).toEqual({ records: 2 });
    expect(warm.sizeBytes).toBe(valueOf(await engine.databases.get("client1")).sizeBytes);
    expect(warm.schemaVersion).toBe(valueOf(await engine.stats.get()).schemaVersion);
  });

  it("show what is at work and what waits", async () => {
    const { db } = await openTenant([notes]);
    valueOf(
      await db.transaction(async () => {
        const queued = db.collection("notes").create({ title: "later" });
        // A lease and a place in the queue are taken within promises.
        let seen = valueOf(await db.stats());
        while (seen.waiting.writes === 0) seen = valueOf(await db.stats());
        expect(seen.leases).toBe(2);
        void queued;
      }),
    );
  });

  it("exist for databases only", async () => {
    const engine = await openEngine();
    refusalOf(await engine.stats.get("nobody"), "database_not_found");
    refusalOf(await engine.stats.get("../x"), "database_name_invalid");
    refusalOf(await engine.stats.get(5 as never), "database_name_invalid");
  });

  it("are for trusted code and superusers", async () => {
    const { engine, db } = await openTenant([{ name: "users", type: "auth", fields: [] }]);
    const account = { email: "a@example.com", password: "long enough" };
    valueOf(await db.collection("users").create(account));
    valueOf(await engine.superusers.create(account));
    const principalOf = async (token: string) => valueOf(await engine.authenticate(token));
    const user = await principalOf(valueOf(await db.auth.login(account.email, account.password)).token);
    const admin = { collection: "_superusers" };
    const superuser = await principalOf(
      valueOf(await engine.db().auth.login(account.email, account.password, admin)).token,
    );
    refusalOf(await db.as(null).stats(), "forbidden");
    refusalOf(await db.as(user).stats(), "forbidden");
    refusalOf(await db.as("nobody" as never).stats(), "request_invalid");
    expect(valueOf(await db.as(superuser).stats()).collections["users"]).toEqual({ records: 1 });
  });

  it("belong to the database that the handle was made for", async () => {
    const { engine, db } = await openTenant([notes]);
    valueOf(await db.stats());
    valueOf(await engine.databases.delete("client1"));
    valueOf(await engine.databases.create({ name: "client1" }));
    refusalOf(await db.stats(), "database_not_found");
  });
});

describe("stats.flush", () => {
  it("runs by itself with statsFlushMs, one after the other, until the engine is closed", async () => {
    const clock = turnedClock(Date.parse("2026-01-01T00:00:00Z"));
    const warnings: unknown[] = [];
    const log = (): void => undefined;
    const logger = { debug: log, info: log, warn: (fields: unknown) => warnings.push(fields), error: log };
    const { engine, db } = await openTenant([notes], { clock, logger, statsFlushMs: 60_000 });
    const flushes = async (): Promise<number> => valueOf(await db.collection("_stats").count("name = 'sizeBytes'"));
    clock.turn(59_999);
    expect(clock.waiting).toBe(1);
    expect(await flushes()).toBe(0);
    for (let count = 1; count <= 3; count += 1) {
      clock.turn(60_000);
      // While it is written no other is waited for; then the next one is.
      await vi.waitFor(() => expect(clock.waiting).toBe(1), { timeout: 10_000 });
      expect(await flushes()).toBe(count);
    }
    clock.turn(60_000);
    valueOf(await engine.close());
    expect(clock.waiting).toBe(0);
    expect(warnings).toEqual([]);
  });

  it("is never done by itself without, and not asked for more often than once a second", async () => {
    const clock = turnedClock(0);
    await openEngine({ clock });
    expect(clock.waiting).toBe(0);
    for (const statsFlushMs of [-1, 999, 1_000.5, Number.NaN, "60000" as never]) {
      const refused = refusalOf(await TenantEngine.open({ dataDir: "never", statsFlushMs }), "request_invalid");
      expect(refused.details).toEqual({ parameter: "statsFlushMs" });
    }
  });

  const samplesOf = async (engine: Awaited<ReturnType<typeof openEngine>>, name: string, filter = "") =>
    valueOf(await engine.db(name).collection("_stats").getList(1, 100, { filter })).items;

  it("writes the engine's samples into stats, and those of open tenants into their own databases", async () => {
    const clock = setClock();
    const engine = await openEngine({ clock });
    valueOf(await engine.collections.create(notes));
    for (const name of ["open", "closed"]) valueOf(await engine.databases.create({ name }));
    valueOf(
      await engine
        .db("open")
        .collection("notes")
        .createMany([{ title: "a" }, { title: "b" }]),
    );
    const report = valueOf(await engine.stats.flush());
    expect(report).toMatchObject({ databases: 1, failed: [] });

    const own = await samplesOf(engine, "stats");
    expect(own).toHaveLength(report.engineSamples);
    const at = new Date(clock.now()).toISOString();
    expect(own).toContainEqual(expect.objectContaining({ name: "databases", value: 5, at, database: "stats" }));
    expect(own).toContainEqual(expect.objectContaining({ name: "closes", labels: { reason: "cap" }, value: 0 }));
    const counted = await samplesOf(engine, "open", "name = 'records'");
    expect(counted.map(({ labels, value }) => [labels, value])).toContainEqual([{ collection: "notes" }, 2]);
    expect(await samplesOf(engine, "open", "name = 'sizeBytes'")).toHaveLength(1);
    expect(await samplesOf(engine, "closed")).toEqual([]);
    refusalOf(await engine.db("open").collection("_stats").create({ name: "x", value: 1, at }), "database_reserved");
  });

  it("keeps the newest samples of a tenant and no more than 1,000", async () => {
    const clock = setClock();
    const engine = await openEngine({ clock });
    valueOf(await engine.collections.create(notes));
    valueOf(await engine.databases.create({ name: "client1" }));
    // Three samples a flush: the size, and the records of two collections.
    for (let n = 0; n < 340; n += 1) {
      valueOf(await engine.db("client1").collection("notes").count());
      clock.ms += 1_000;
      valueOf(await engine.stats.flush());
    }
    expect(valueOf(await engine.db("client1").collection("_stats").count())).toBe(1_000);
    const [newest] = valueOf(await engine.db("client1").collection("_stats").getList(1, 1, { sort: "-at" })).items;
    expect(newest?.["at"]).toBe(new Date(clock.now()).toISOString());
  });

  it("is done once for all who ask at the same time, and refused after close", async () => {
    const engine = await openEngine();
    const [first, second] = await Promise.all([engine.stats.flush(), engine.stats.flush()]);
    expect(valueOf(first)).toEqual(valueOf(second));
    expect(await samplesOf(engine, "stats")).toHaveLength(valueOf(first).engineSamples);
    valueOf(await engine.close());
    refusalOf(await engine.stats.flush(), "engine_closed");
  });
});
