// Files that somebody has put into the store: cut, flipped, crafted, foreign, with manifests that praise them. None is
// restored that differs from what the engine made, the process lives, and the live database is as it was.
import { createHash, randomBytes } from "node:crypto";
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TenantEngine } from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { changeFile, queryFile } from "../support/raw-database.js";
import { testSeed } from "../support/random.js";
import { tempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";

const notes = {
  name: "notes",
  fields: [
    { name: "title", type: "text" },
    { name: "size", type: "number" },
    { name: "tags", type: "json" },
    { name: "done", type: "bool" },
  ],
  indexes: [{ fields: ["title"] }],
} as const;

interface Target {
  readonly engine: TenantEngine;
  readonly id: string;
  readonly content: string;
  readonly manifest: string;
  /** As the engine made them. */
  readonly original: { readonly content: Buffer; readonly manifest: string };
}

async function openTarget(): Promise<Target> {
  const { engine, db } = await openTenant([notes]);
  const rows = Array.from({ length: 300 }, (_, n) => ({ title: `note ${n}`, size: n, tags: [n], done: n % 2 === 0 }));
  valueOf(await db.collection("notes").createMany(rows));
  const { id } = valueOf(await engine.backups.create("client1"));
  const [content, manifest] = ["content", "manifest.json"].map((part) => join(engine.dataDir, "backups", id, part)) as [
    string,
    string,
  ];
  const original = { content: await readFile(content), manifest: await readFile(manifest, "utf8") };
  valueOf(await db.collection("notes").create({ title: "live" }));
  return { engine, id, content, manifest, original };
}

interface Mark {
  sizeBytes: number;
  sha256: string;
}

/** Puts content into the store, and a manifest that says that it is just that. */
async function plant({ content, manifest, original }: Target, bytes: Buffer, change: object = {}): Promise<void> {
  await writeFile(content, bytes);
  const mark: Mark = { sizeBytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  const praised = JSON.parse(original.manifest) as { copy: Mark; stored: Mark };
  Object.assign(praised, change);
  Object.assign(praised.copy, mark);
  Object.assign(praised.stored, mark);
  await writeFile(manifest, JSON.stringify(praised));
}

/** What is wrong after an attempt to restore what must be refused. */
async function attempt({ engine, id }: Target): Promise<readonly string[]> {
  const restored = await engine.backups.restore(id);
  const problems: string[] = [];
  if (restored.isOk()) problems.push("it was restored");
  else if (!["database_corrupt", "conflict", "backup_not_found"].includes(restored.error.code)) {
    problems.push(`refused with ${restored.error.code}: ${restored.error.message} (${String(restored.error.cause)})`);
  }
  const live = await engine.db("client1").collection("notes").count();
  if (live.isErr() || live.value !== 301)
    problems.push(`the live database: ${live.isErr() ? live.error.code : live.value}`);
  for (const side of [".tmp", ".restoring", ".replaced"]) {
    const left = await readdir(join(engine.dataDir, side));
    if (left.length > 0) problems.push(`${side} holds ${left.join()}`);
  }
  return problems;
}

const cut = fc.record({ kind: fc.constant("cut" as const), at: fc.double({ min: 0, max: 0.999, noNaN: true }) });
const flip = fc.record({
  kind: fc.constant("flip" as const),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  bits: fc.integer({ min: 1, max: 255 }),
});
const header = fc.record({
  kind: fc.constant("header" as const),
  at: fc.integer({ min: 0, max: 99 }),
  bits: fc.integer({ min: 1, max: 255 }),
});
const fill = fc.record({
  kind: fc.constant("fill" as const),
  page: fc.double({ min: 0, max: 0.999, noNaN: true }),
  with: fc.integer({ min: 0, max: 255 }),
});
const grow = fc.record({ kind: fc.constant("grow" as const), bytes: fc.integer({ min: 1, max: 20_000 }) });
const mutation = fc.oneof(cut, flip, header, fill, grow);

function mutate(original: Buffer, change: typeof mutation extends fc.Arbitrary<infer T> ? T : never): Buffer {
  const bytes = Buffer.from(original);
  const flipAt = (at: number, bits: number): Buffer => {
    bytes.writeUInt8(bytes.readUInt8(at) ^ bits, at);
    return bytes;
  };
  switch (change.kind) {
    case "cut":
      return bytes.subarray(0, Math.floor(change.at * bytes.length));
    case "flip":
      return flipAt(Math.floor(change.at * bytes.length), change.bits);
    case "header":
      return flipAt(change.at, change.bits);
    case "fill": {
      const start = Math.floor((change.page * bytes.length) / 4_096) * 4_096;
      return bytes.fill(change.with, start, start + 4_096);
    }
    case "grow":
      return Buffer.concat([bytes, Buffer.alloc(change.bytes, 7)]);
  }
}

describe("a mutated backup", () => {
  it("is refused when its manifest is the engine's", { timeout: 300_000 }, async () => {
    const target = await openTarget();
    await fc.assert(
      fc.asyncProperty(mutation, async (change) => {
        const bytes = mutate(target.original.content, change);
        fc.pre(!bytes.equals(target.original.content));
        await writeFile(target.content, bytes);
        expect(await attempt(target)).toEqual([]);
      }),
      { seed: testSeed("hostile-backups mutated"), numRuns: 250 },
    );
  });

  it("is refused or harmless when its manifest praises it", { timeout: 300_000 }, async () => {
    const target = await openTarget();
    await fc.assert(
      fc.asyncProperty(mutation, async (change) => {
        const bytes = mutate(target.original.content, change);
        fc.pre(!bytes.equals(target.original.content));
        await plant(target, bytes);
        const { engine, id } = target;
        const restored = await engine.backups.restore(id, { as: "copy" });
        if (restored.isErr()) {
          expect(["database_corrupt", "conflict"]).toContain(restored.error.code);
        } else {
          // What was changed is a value, which nobody can tell from another; the database works.
          const copy = engine.db("copy").collection("notes");
          expect(valueOf(await copy.getList(1, 500)).items).toHaveLength(300);
          valueOf(await copy.create({ title: "new" }));
          valueOf(await engine.databases.delete("copy"));
        }
        expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(301);
        expect(await readdir(join(engine.dataDir, ".tmp"))).toEqual([]);
      }),
      { seed: testSeed("hostile-backups praised"), numRuns: 200 },
    );
  });
});

const table = `create table extra (id text)`;
/** Each on a file that the engine made; the manifest is made to fit. */
const crafted: readonly (readonly [string, string])[] = [
  ["a trigger", "create trigger t after insert on notes begin delete from notes; end"],
  ["a view", "create view v as select * from notes"],
  ["a view in the place of a table", "drop table notes; create view notes as select 1 as id"],
  ["a virtual table", "create virtual table f using fts5(x)"],
  ["a virtual table that runs SQL", "create virtual table r using rtree(id, a, b)"],
  ["another table", table],
  ["a missing table", "drop table notes"],
  ["a missing index", `drop index "ix:notes:title"`],
  ["another index", "create index mine on notes (size)"],
  ["another column", "alter table notes add column extra text"],
  ["a renamed column", "alter table notes rename column title to name"],
  ["a CHECK", "drop table notes; create table notes (id text check (length(hex(zeroblob(99999999))) > 0))"],
  ["a generated column", "alter table notes add column g text as (title || title)"],
  ["a foreign key", "drop table notes; create table notes (id text references _stats (id))"],
  ["an index on an expression", `drop index "ix:notes:title"; create index "ix:notes:title" on notes (lower(title))`],
  ["an index of another order", `drop index "ix:notes:title"; create index "ix:notes:title" on notes (title desc)`],
  [
    "an index of another collation",
    `drop index "ix:notes:title"; create index "ix:notes:title" on notes (title collate rtrim)`,
  ],
  ["a table of Litestream with a CHECK", "create table _litestream_seq (id integer check (id > 0), seq integer)"],
  ["another application's mark", "pragma application_id = 252006674"],
  ["no mark", "pragma application_id = 0"],
  ["the mark of a newer format", "pragma application_id = 1413828354"],
  ["a newer schema", "pragma user_version = 9999"],
  ["an older schema", "pragma user_version = 3"],
  ["a negative schema", "pragma user_version = -1"],
  ["no table of the engine", "drop table _engine"],
  ["no id", "delete from _engine where key = 'id'"],
  ["another id", `update _engine set value = '${"f".repeat(32)}' where key = 'id'`],
  ["another format", "update _engine set value = '2' where key = 'format'"],
  ["another time of its making", "update _engine set value = 'yesterday' where key = 'createdAt'"],
  ["pages of another size", "pragma journal_mode = delete; pragma page_size = 8192; vacuum"],
  ["another way of keeping free pages", "pragma journal_mode = delete; pragma auto_vacuum = 1; vacuum"],
  ["a row less", "delete from notes where size = 7"],
  ["a row more", "insert into notes (id, created, updated) values ('x', 'y', 'z')"],
  ["text in a column of numbers", "update notes set size = 'many' where size = 7"],
  ["a blob in a column of text", "update notes set title = x'00ff' where size = 7"],
  ["what is no JSON", "update notes set tags = '{' where size = 7"],
  ["what is neither true nor false", "update notes set done = 7 where size = 7"],
  ["an id that is no text", "update notes set id = x'01' where size = 7"],
];

describe("a crafted backup whose manifest praises it", () => {
  it("is refused, whatever is wrong with it", { timeout: 120_000 }, async () => {
    const target = await openTarget();
    const scratch = join(await tempDirectory(), "crafted.db");
    const found: Record<string, readonly string[]> = {};
    for (const [what, script] of crafted) {
      await rm(scratch, { force: true });
      await writeFile(scratch, target.original.content);
      await changeFile(scratch, script);
      await plant(target, await readFile(scratch));
      const problems = await attempt(target);
      if (problems.length > 0) found[what] = problems;
    }
    expect(found).toEqual({});
    // The harness would find what is accepted: values that the engine itself could have written.
    await rm(scratch, { force: true });
    await writeFile(scratch, target.original.content);
    await changeFile(scratch, "update notes set title = 'another' where size = 7");
    await plant(target, await readFile(scratch));
    expect(await attempt(target)).toContain("it was restored");
    expect(crafted.length).toBeGreaterThan(30);
  });

  it("is refused when it is no database of this engine, or none at all", async () => {
    const target = await openTarget();
    const directory = await tempDirectory();
    const plain = join(directory, "plain.db");
    await changeFile(plain, `${table}; insert into extra values ('mine')`);
    const foreign: readonly Buffer[] = [
      Buffer.alloc(0),
      Buffer.from("SQLite format 3\0"),
      Buffer.alloc(4_096),
      randomBytes(40_960),
      await readFile(plain),
      await readFile(join(import.meta.dirname, "hostile-backups.test.ts")),
      target.original.content.subarray(4_096),
      Buffer.concat([target.original.content, target.original.content]),
    ];
    for (const bytes of foreign) {
      await plant(target, bytes);
      expect(await attempt(target)).toEqual([]);
    }
    expect((await queryFile(plain, "select * from extra")).length).toBe(1);
  });

  it("is refused with a manifest that is another's, or cannot be read", async () => {
    const target = await openTarget();
    const other = valueOf(await target.engine.backups.create("client1"));
    const good = JSON.parse(target.original.manifest) as Record<string, unknown>;
    const manifests = [
      "",
      "{}",
      "null",
      "[]",
      '{"__proto__": {"format": 1}}',
      JSON.stringify({ ...good, format: 2 }),
      JSON.stringify({ ...good, rows: { notes: -1 } }),
      JSON.stringify({ ...good, rows: {} }),
      JSON.stringify({ ...good, schemaVersion: "1" }),
      JSON.stringify({ ...good, schemaVersion: 1 }),
      JSON.stringify({ ...good, database: { ...(good["database"] as object), name: "default" } }),
      JSON.stringify({ ...good, database: { ...(good["database"] as object), id: "f".repeat(32) } }),
      JSON.stringify({
        ...good,
        stored: { ...(good["stored"] as object), encoding: { compression: "gzip", encryption: "none" } },
      }),
      JSON.stringify({ ...good, copy: { sizeBytes: 2 ** 52, sha256: "0".repeat(64) } }),
      await readFile(join(target.engine.dataDir, "backups", other.id, "manifest.json"), "utf8"),
      " ".repeat(9_000_000),
    ];
    for (const manifest of manifests) {
      await writeFile(target.manifest, manifest);
      expect([manifest.slice(0, 60), await attempt(target)]).toEqual([manifest.slice(0, 60), []]);
    }
    await writeFile(target.manifest, target.original.manifest);
    await copyFile(join(target.engine.dataDir, "backups", other.id, "content"), target.content);
    expect(await attempt(target)).toEqual([]);
    await rm(target.content);
    expect(await attempt(target)).toEqual([]);
    // The harness would find what is accepted.
    await writeFile(target.content, target.original.content);
    expect(await attempt(target)).toContain("it was restored");
  });
});
