// Deletes databases under eight writers, and creates one name twice at once, a hundred times.
import { describe, expect, it } from "vitest";
import type { TenantEngine } from "../../lib/index.js";
import { openEngine } from "../support/open-engine.js";
import { seededRandom, testSeed } from "../support/random.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const rounds = 100;
const writers = 8;
const name = "victim";
const lines = { name: "lines", fields: [{ name: "writer", type: "number" }] } as const;

interface Round {
  /** Writes that were acknowledged before the delete counted as done. */
  readonly acknowledged: number;
  /** Writes that were acknowledged after it. */
  readonly late: number;
  /** How the writers ended. */
  readonly endings: ReadonlySet<string>;
}

/**
 * Eight writers write until they are refused; after some acknowledgements the database is deleted. `doneFrom` says from
 * when on no write may be acknowledged: `called` is the control.
 */
async function deleteUnderWriters(
  engine: TenantEngine,
  afterAcknowledgements: number,
  doneFrom: "resolved" | "called" = "resolved",
): Promise<Round> {
  valueOf(await engine.databases.create({ name }));
  let acknowledged = 0;
  let late = 0;
  let isDone = false;
  const endings = new Set<string>();
  let enough: () => void = () => undefined;
  const hasEnough = new Promise<void>((resolve) => (enough = resolve));
  const write = async (writer: number): Promise<void> => {
    const collection = engine.db(name).collection("lines");
    for (;;) {
      const made = await (writer % 2 ? collection.create({ writer }) : collection.createMany([{ writer }, { writer }]));
      if (made.isErr()) {
        endings.add(made.error.code);
        return;
      }
      if (isDone) late += 1;
      else acknowledged += 1;
      if (acknowledged === afterAcknowledgements) enough();
    }
  };
  const writing = Array.from({ length: writers }, (_, writer) => write(writer));
  await Promise.race([hasEnough, Promise.all(writing)]);
  if (doneFrom === "called") isDone = true;
  valueOf(await engine.databases.delete(name));
  isDone = true;
  await Promise.all(writing);
  return { acknowledged, late, endings };
}

describe("a database deleted while eight writers write", () => {
  it("acknowledges nothing after its end, and is not seen by the next of its name, 100 times", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create(lines));
    const random = seededRandom(testSeed("delete-under-load"));
    let total = 0;
    for (let round = 0; round < rounds; round += 1) {
      const { acknowledged, late, endings } = await deleteUnderWriters(engine, 1 + Math.floor(random() * 30));
      expect(late).toBe(0);
      expect([...endings]).toEqual(["database_not_found"]);
      total += acknowledged;

      // Made while the name was free, and unused: it belongs to the database that it meets first.
      const early = engine.db(name);
      const beforeCreate = refusalOf(await early.collection("lines").count(), "database_not_found");
      expect(beforeCreate.details).toEqual({ name });
      valueOf(await engine.databases.create({ name }));
      const old = engine.db(name).collection("lines");
      expect(valueOf(await old.count())).toBe(0);
      valueOf(await engine.databases.delete(name));
      valueOf(await engine.databases.create({ name }));
      refusalOf(await old.create({ writer: 1 }), "database_not_found");
      refusalOf(await old.getList(), "database_not_found");
      expect(valueOf(await engine.db(name).collection("lines").getList()).items).toEqual([]);
      valueOf(await engine.databases.delete(name));
    }
    expect(total).toBeGreaterThan(rounds);
    expect(valueOf(await engine.databases.list()).map((database) => database.name)).not.toContain(name);
  });

  it("is caught when a write is acknowledged after the moment that counts (control)", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create(lines));
    // Those under way when the delete is called still end well: counted from there, they are late.
    expect((await deleteUnderWriters(engine, 20, "called")).late).toBeGreaterThan(0);
  });
});

describe("one name created twice at once", () => {
  it("is made by one of the two, 100 times", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create(lines));
    for (let round = 0; round < rounds; round += 1) {
      const results = await Promise.all([engine.databases.create({ name }), engine.databases.create({ name })]);
      const refused = results.filter((result) => result.isErr());
      expect(refused).toHaveLength(1);
      refusalOf(refused[0]!, "database_exists");
      valueOf(await engine.db(name).collection("lines").create({ writer: round }));
      expect(valueOf(await engine.db(name).collection("lines").count())).toBe(1);
      valueOf(await engine.databases.delete(name));
    }
  });

  it("and deleted at the same time is there or not, never in between", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create(lines));
    for (let round = 0; round < rounds; round += 1) {
      valueOf(await engine.databases.create({ name }));
      const [removed, made] = await Promise.all([engine.databases.delete(name), engine.databases.create({ name })]);
      valueOf(removed);
      if (made.isErr()) refusalOf(made, "database_exists");
      const isThere = valueOf(await engine.databases.exists(name));
      expect(isThere).toBe(made.isOk());
      const counted = await engine.db(name).collection("lines").count();
      if (isThere) valueOf(counted);
      else refusalOf(counted, "database_not_found");
      if (isThere) valueOf(await engine.databases.delete(name));
    }
  });
});
