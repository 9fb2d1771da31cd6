// Fifty databases with the same record ids, two hundred callers at once, every record marked: nobody reads a foreign mark.
import { randomBytes } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TenantEngine, type Database } from "../../lib/index.js";
import { openEngine } from "../support/open-engine.js";
import { seededRandom, testSeed } from "../support/random.js";
import { changeFile } from "../support/raw-database.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

interface Item {
  readonly mark: string;
  readonly note: string | null;
  readonly parent: string | null;
  readonly peers: readonly string[];
}

const items = {
  name: "items",
  fields: [
    { name: "mark", type: "text", required: true },
    { name: "note", type: "text" },
    { name: "parent", type: "relation", collection: "items" },
    { name: "peers", type: "relation", collection: "items", multiple: true },
  ],
} as const;
const databases = Array.from({ length: 50 }, (_, n) => `tenant-${String(n).padStart(2, "0")}`);
const callers = 200;
const callsEach = 12;

/** Fifty databases whose records have the same ids: forty-nine are copies with an identity and a mark of their own. */
async function makeTwins(dataDir: string): Promise<readonly string[]> {
  const [first = ""] = databases;
  const engine = valueOf(await TenantEngine.open({ dataDir, durability: "normal" }));
  valueOf(await engine.collections.create(items));
  valueOf(await engine.databases.create({ name: first }));
  const collection = engine.db(first).collection<Item>("items");
  const made = valueOf(await collection.createMany(Array.from({ length: 12 }, () => ({ mark: first }))));
  const ids = made.map(({ id }) => id);
  for (const [n, id] of ids.entries()) {
    const parent = ids[(n + 1) % ids.length]!;
    valueOf(await collection.update(id, { parent, peers: [ids[(n + 2) % ids.length]!, ids[(n + 3) % ids.length]!] }));
  }
  valueOf(await engine.close());
  for (const name of databases.slice(1)) {
    await copyFile(join(dataDir, `${first}.db`), join(dataDir, `${name}.db`));
    await changeFile(
      join(dataDir, `${name}.db`),
      `update "_engine" set "value" = '${randomBytes(16).toString("hex")}' where "key" = 'id';
       update "items" set "mark" = '${name}';`,
    );
  }
  return ids;
}

/** Every mark in what a call gave, however deep. */
function marksIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === "mark" ? [String(inner)] : marksIn(inner)));
}

/** One call of a caller, and the records that it gave. */
async function call(db: Database, own: string, id: string, other: string, kind: number): Promise<unknown> {
  const collection = db.collection<Item>("items");
  switch (kind) {
    case 0:
      return valueOf(await collection.getList(1, 100, { expand: "parent,peers.parent", sort: "-created" }));
    case 1:
      return valueOf(
        await collection.getList(1, 100, { filter: ["mark != {:own} || parent.mark != {:own}", { own }] }),
      );
    case 2:
      return valueOf(await collection.getOne(id, { expand: "parent.parent,peers" }));
    case 3:
      return valueOf(await collection.update(id, { note: `${own} ${other}`, parent: other }, { expand: "parent" }));
    case 4:
      return valueOf(await collection.create({ mark: own, parent: id, peers: [other] }, { expand: "parent,peers" }));
    case 5:
      return valueOf(await collection.getFirst(["id = {:id}", { id }]));
    case 6: {
      const seen: unknown[] = [];
      for await (const record of collection.iterate({ batch: 5 })) seen.push(valueOf(record));
      return seen;
    }
    default:
      return valueOf(
        await db.transaction(async (tx) => {
          const inside = tx.collection<Item>("items");
          const before = valueOf(await inside.getOne(id, { expand: "parent" }));
          return [before, valueOf(await inside.update(id, { note: before.mark })), valueOf(await inside.getList())];
        }),
      );
  }
}

/** Foreign marks that a caller of `own` is given by its handle. */
async function foreignMarks(
  db: Database,
  own: string,
  ids: readonly string[],
  random: () => number,
): Promise<string[]> {
  const pick = (): string => ids[Math.floor(random() * ids.length)]!;
  const found: string[] = [];
  for (let n = 0; n < callsEach; n += 1) {
    const given = await call(db, own, pick(), pick(), Math.floor(random() * 8));
    found.push(...marksIn(given).filter((mark) => mark !== own));
  }
  return found;
}

describe("isolation", () => {
  it("gives 200 concurrent callers of 50 databases with equal ids only their own records", async () => {
    const dataDir = await tempDirectory();
    const ids = await makeTwins(dataDir);
    const seed = testSeed("isolation");
    // Fewer places than databases: files are closed and opened under the callers.
    const engine = await openEngine({ dataDir, maxOpenDatabases: 16 });
    const found = await Promise.all(
      Array.from({ length: callers }, (_, n) => {
        const own = databases[n % databases.length]!;
        return foreignMarks(engine.db(own), own, ids, seededRandom(seed + n));
      }),
    );
    expect(found.flat()).toEqual([]);
    for (const name of databases) {
      const notes = valueOf(await engine.db(name).collection<Item>("items").getList(1, 500)).items;
      expect(notes.filter(({ note }) => note !== null && !note.startsWith(name))).toEqual([]);
    }
    // Control: a caller with another's handle must be noticed.
    const wrong = await foreignMarks(engine.db(databases[1]), databases[0]!, ids, seededRandom(seed));
    expect(new Set(wrong)).toEqual(new Set([databases[1]]));
  });

  it("knows no record of another database, and takes none as a relation", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create(items));
    for (const name of ["here", "there"]) valueOf(await engine.databases.create({ name }));
    const here = engine.db("here").collection<Item>("items");
    const there = engine.db("there").collection<Item>("items");
    const { id } = valueOf(await there.create({ mark: "there" }));

    refusalOf(await here.getOne(id), "record_not_found");
    refusalOf(await here.update(id, { note: "mine" }), "record_not_found");
    refusalOf(await here.delete(id), "record_not_found");
    refusalOf(await here.getFirst(["id = {:id}", { id }]), "record_not_found");
    const related = refusalOf(await here.create({ mark: "here", parent: id }), "validation_failed");
    expect(Object.keys(related.details.fields)).toEqual(["parent"]);
    refusalOf(await here.createMany([{ mark: "here" }, { mark: "here", peers: [id] }]), "validation_failed");
    expect(valueOf(await here.count())).toBe(0);
    expect(valueOf(await there.getOne(id)).note).toBeNull();
  });

  it("refuses a cursor of another database, also of one that had the same name or has the same ids", async () => {
    const dataDir = await tempDirectory();
    await makeTwins(dataDir);
    const engine = await openEngine({ dataDir });
    const pageOf = (name: string, cursor: string) =>
      engine.db(name).collection<Item>("items").getList(1, 5, { cursor, sort: "-created" });
    const { nextCursor } = valueOf(await pageOf("tenant-00", ""));
    expect(valueOf(await pageOf("tenant-00", nextCursor!)).items).toHaveLength(5);
    expect(refusalOf(await pageOf("tenant-01", nextCursor!), "request_invalid").details.parameter).toBe("cursor");

    valueOf(await engine.databases.delete("tenant-00"));
    valueOf(await engine.databases.create({ name: "tenant-00" }));
    refusalOf(await pageOf("tenant-00", nextCursor!), "request_invalid");
  });
});
