// One tenant's flood is not another's wait: with slow queries on every thread's heels, and with all places for open
// databases in use. What is asserted is who comes first, never how long it takes.
import { describe, expect, it } from "vitest";
import type { TenantEngine } from "../../lib/index.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { observedDriver } from "../support/observed-ports.js";
import { openEngine } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";

const notes = { name: "notes", fields: [{ name: "body", type: "editor" }] } as const;

/** Bodies so long that a filter of many comparisons keeps a thread for tens of milliseconds, on fast machines too. */
const slowRows = Array.from({ length: 300 }, (_, n) => ({ body: `${n} ${"lorem ipsum ".repeat(800)}` }));

/** A list that no index helps. The number makes each a question of its own. */
async function listSlowly(engine: TenantEngine, name: string, number: number): Promise<void> {
  const filter = Array.from({ length: 60 }, (_, n) => `body ~ 'absent ${number} ${n}'`).join(" || ");
  const page = valueOf(await engine.db(name).collection("notes").getList(1, 20, { filter }));
  expect(page.totalItems).toBe(0);
}

async function openFloodable(names: readonly string[], options = {}): Promise<{ engine: TenantEngine; id: string }> {
  const engine = await openEngine(options);
  valueOf(await engine.collections.create(notes));
  for (const name of [...names, "quiet"]) valueOf(await engine.databases.create({ name }));
  for (const name of names) valueOf(await engine.db(name).collection("notes").createMany(slowRows));
  const { id } = valueOf(await engine.db("quiet").collection("notes").create({ body: "short" }));
  return { engine, id };
}

/**
 * Floods, and meanwhile reads by id in the quiet database; gives how many slow lists ended between the moments at which the
 * reads were asked for and those at which SQLite was called for them. Not until they ended: that is the machine's pace.
 */
async function waitBesideFlood(floods: readonly string[], listsEach: number, reads: number): Promise<number> {
  const dataDir = await tempDirectory();
  let [ended, asked, waited] = [0, 0, 0];
  const driver = observedDriver((call, _, path) => {
    if (call === "all" && path.endsWith("quiet.db")) waited += ended - asked;
  });
  const storage = createSqliteStorage({ dataDir, durability: "normal", driver });
  const { engine, id } = await openFloodable(floods, { dataDir, storage });
  const lists = floods.flatMap((name) =>
    Array.from({ length: listsEach }, async (_, number) => {
      await listSlowly(engine, name, number);
      ended += 1;
    }),
  );
  waited = 0;
  for (let read = 0; read < reads && ended < lists.length; read += 1) {
    asked = ended;
    valueOf(await engine.db("quiet").collection("notes").getOne(id));
  }
  await Promise.all(lists);
  return waited;
}

describe("reads of one tenant beside slow lists", () => {
  it("of one other tenant do not wait for these", async () => {
    expect(await waitBesideFlood(["flood"], 40, 40)).toBeLessThan(20);
  });

  it("of many other tenants do not wait for one of these each", async () => {
    // First come, first served would put each read behind one list of every tenant, three of them at a time.
    const floods = Array.from({ length: 12 }, (_, n) => `flood-${n}`);
    expect(await waitBesideFlood(floods, 5, 40)).toBeLessThan(40);
  });
});

describe("reads of one tenant beside another's flood of writes", () => {
  it("end before most of these", async () => {
    const { engine, id } = await openFloodable([]);
    valueOf(await engine.databases.create({ name: "flood" }));
    const flood = engine.db("flood").collection("notes");
    let ended = 0;
    const body = "x".repeat(20_000);
    const writes = Array.from({ length: 600 }, async () => {
      valueOf(await flood.create({ body }));
      ended += 1;
    });
    for (let read = 0; read < 20; read += 1) valueOf(await engine.db("quiet").collection("notes").getOne(id));
    expect(ended).toBeLessThan(600);
    await Promise.all(writes);
  });
});

describe("a tenant whose database is not open, while all places are in use without a pause", () => {
  it("is served, again and again, and the others go on", async () => {
    const floods = ["a", "b", "c"];
    const { engine, id } = await openFloodable(floods, { maxOpenDatabases: 3, limits: { waitMs: 60_000 } });
    let stops = false;
    const served = { a: 0, b: 0, c: 0 };
    const flooding = (["a", "b", "c"] as const).flatMap((name) =>
      Array.from({ length: 8 }, async () => {
        while (!stops) {
          valueOf(await engine.db(name).collection("notes").count("body ~ 'lorem'"));
          served[name] += 1;
        }
      }),
    );
    for (let visit = 0; visit < 3; visit += 1) {
      const before = { ...served };
      valueOf(await engine.db("quiet").collection("notes").getOne(id));
      // Nobody is served at the cost of another for ever.
      await expect
        .poll(() => floods.every((name) => served[name as "a"] > before[name as "a"]), { timeout: 60_000 })
        .toBe(true);
    }
    stops = true;
    await Promise.all(flooding);
    const { pool } = valueOf(await engine.stats.get());
    expect(pool).toMatchObject({ maxOpen: 3, refusals: 0 });
    expect(pool.closes.turn).toBeGreaterThan(0);
  });
});
