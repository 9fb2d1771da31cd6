// Operations that are killed in their middle: what stands before, what is run, what must hold afterwards.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TenantEngine } from "../../lib/index.js";
import type { FileSystem } from "../../lib/base/file-system.js";
import { integrityOf, queryFile } from "../support/raw-database.js";
import { valueOf } from "../support/unwrap.js";

/** What a scenario is run with. */
export interface CrashTools {
  /** Its calls count. */
  readonly files: FileSystem;
  readonly acknowledge: (text: string) => void;
}

export interface CrashScenario {
  readonly name: string;
  /** Every so many calls it is killed. Default 1. */
  readonly step?: number;
  /** In an engine of an empty directory. */
  prepare(engine: TenantEngine): Promise<void>;
  /** What is killed. */
  run(engine: TenantEngine, tools: CrashTools): Promise<void>;
  /** What is wrong afterwards, as sentences; `acknowledged` is what the run has said of its writes. */
  check(engine: TenantEngine, acknowledged: readonly string[]): Promise<readonly string[]>;
}

const notes = { name: "notes", fields: [{ name: "title", type: "text", required: true }] } as const;
const titlesOf: Readonly<Record<string, readonly string[]>> = {
  default: ["own"],
  bystander: ["a", "b", "c"],
  victim: ["v", "w", "x", "y", "z"],
};
const change = {
  fields: [
    { name: "stars", type: "number" },
    { name: "code", type: "text", unique: true },
  ],
  indexes: [{ fields: ["stars", "title"] }],
} as const;

async function prepareTenants(engine: TenantEngine): Promise<void> {
  valueOf(await engine.collections.create(notes));
  for (const [name, titles] of Object.entries(titlesOf)) {
    if (name !== "default") valueOf(await engine.databases.create({ name }));
    valueOf(
      await engine
        .db(name)
        .collection("notes")
        .createMany(titles.map((title) => ({ title }))),
    );
  }
}

/** Whether a database holds just what it was given, and can be written. */
async function checkNotes(engine: TenantEngine, name: string, extra: object = {}): Promise<readonly string[]> {
  const collection = engine.db(name).collection<{ title: string }>("notes");
  const listed = await collection.getList(1, 100, { sort: "title" });
  if (listed.isErr()) return [`${name} cannot be read: ${listed.error.code} ${listed.error.message}`];
  const titles = listed.value.items.map(({ title }) => title).join();
  if (titles !== (titlesOf[name] ?? []).join()) return [`${name} holds ${titles}`];
  const written = await collection.create({ title: "new", ...extra });
  if (written.isErr()) return [`${name} cannot be written: ${written.error.code} ${written.error.message}`];
  valueOf(await collection.delete(written.value.id));
  return [];
}

async function checkAll(engine: TenantEngine, extra: object = {}): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const name of Object.keys(titlesOf)) problems.push(...(await checkNotes(engine, name, extra)));
  return problems;
}

/** What holds after every crash: nothing left over, nothing foreign, the reserved databases, sound files. */
export async function checkDirectory(engine: TenantEngine): Promise<readonly string[]> {
  const problems: string[] = [];
  const { dataDir } = engine;
  for (const side of [".tmp", ".template", ".trash", ".restoring", ".quarantine"]) {
    problems.push(...(await readdir(join(dataDir, side))).map((left) => `${side} holds ${left}`));
  }
  const listed = valueOf(await engine.databases.list());
  const names = new Set(listed.map(({ name }) => name));
  for (const name of ["default", "stats", "workflows"]) if (!names.has(name)) problems.push(`${name} is not there`);
  for (const { name, status, reason } of listed) {
    if (status !== "ready") problems.push(`${name} is ${status}: ${reason}`);
    const integrity = await integrityOf(join(dataDir, `${name}.db`));
    if (integrity !== "ok") problems.push(`${name}: ${integrity}`);
  }
  for (const file of await readdir(dataDir)) {
    if (!file.startsWith(".") && file !== "backups" && !names.has(file.replace(/\.db(-wal|-shm)?$/, "")))
      problems.push(`${file} is left over`);
  }
  return problems;
}

/** Every database at the newest version, and usable with the changed schema. */
async function checkChanged(engine: TenantEngine): Promise<readonly string[]> {
  const problems = [...(await checkAll(engine, { stars: 5, code: "new" }))];
  const versions = valueOf(await engine.databases.list())
    .filter(({ name }) => name in titlesOf)
    .map(({ schemaVersion }) => schemaVersion);
  if (new Set(versions).size !== 1) problems.push(`schema versions differ: ${versions.join()}`);
  return problems;
}

const createDatabase: CrashScenario = {
  name: "create a database",
  prepare: prepareTenants,
  async run(engine) {
    // The first builds the template, the second is a copy of it alone.
    valueOf(await engine.databases.create({ name: "newcomer" }));
    valueOf(await engine.databases.create({ name: "successor" }));
  },
  async check(engine) {
    const problems = [...(await checkAll(engine))];
    for (const name of ["newcomer", "successor"]) {
      if (valueOf(await engine.databases.exists(name))) problems.push(...(await checkNotes(engine, name)));
      else valueOf(await engine.databases.create({ name }));
      problems.push(...(await checkNotes(engine, name)));
    }
    return problems;
  },
};

const deleteDatabase: CrashScenario = {
  name: "delete a database",
  prepare: prepareTenants,
  async run(engine) {
    // Open, with a log of its own: the harder case.
    valueOf(await engine.db("victim").collection("notes").count());
    valueOf(await engine.databases.delete("victim"));
  },
  async check(engine) {
    const problems = [...(await checkNotes(engine, "default")), ...(await checkNotes(engine, "bystander"))];
    if (valueOf(await engine.databases.exists("victim"))) {
      problems.push(...(await checkNotes(engine, "victim")));
      valueOf(await engine.databases.delete("victim"));
    }
    valueOf(await engine.databases.create({ name: "victim" }));
    const left = valueOf(await engine.db("victim").collection("notes").count());
    return left === 0 ? problems : [...problems, `the new victim shows ${left} records of the old one`];
  },
};

const changeSchema: CrashScenario = {
  name: "change the schema",
  prepare: prepareTenants,
  async run(engine) {
    valueOf(await engine.collections.update("notes", change));
  },
  async check(engine) {
    const names = valueOf(await engine.collections.get("notes")).fields.map(({ name }) => name);
    const problems = names.includes("stars") === names.includes("code") ? [] : [`half of the fields: ${names.join()}`];
    problems.push(...(await checkAll(engine)));
    valueOf(await engine.collections.update("notes", change));
    return [...problems, ...(await checkChanged(engine))];
  },
};

async function prepareLate(engine: TenantEngine): Promise<void> {
  await prepareTenants(engine);
  valueOf(await engine.collections.update("notes", change));
  valueOf(
    await engine.collections.create({
      name: "extras",
      fields: [{ name: "of", type: "relation", collection: "notes" }],
    }),
  );
}

const catchUp: CrashScenario = {
  name: "catch up with the schema",
  prepare: prepareLate,
  async run(engine) {
    valueOf(await engine.db("victim").collection("notes").count());
  },
  check: checkChanged,
};

const migrateAll: CrashScenario = {
  name: "migrate all databases",
  prepare: prepareLate,
  async run(engine) {
    const { failed } = valueOf(await engine.databases.migrateAll());
    if (failed.length > 0) throw failed[0]?.error;
  },
  check: checkChanged,
};

/** The first open of an empty directory, which is the one that makes things. */
export const firstOpen: CrashScenario = {
  name: "open an empty directory",
  // It makes three databases, each in the same 28 calls: every fifth of 149 meets each of them once over the three.
  step: 5,
  async prepare() {
    // Nothing stands there.
  },
  async run() {
    // Opening is the operation.
  },
  async check(engine) {
    await prepareTenants(engine);
    return checkAll(engine);
  },
};

/** One after the other without end; killed from outside, at any moment. */
export const churn: CrashScenario = {
  name: "change everything for ever",
  prepare: prepareTenants,
  async run(engine) {
    for (let n = 0; ; n += 1) {
      const name = `churn-${n % 3}`;
      if (valueOf(await engine.databases.exists(name))) valueOf(await engine.databases.delete(name));
      valueOf(await engine.databases.create({ name }));
      const existing = valueOf(await engine.collections.get("notes")).fields.length;
      const field = `extra${existing}`;
      // Fields are for ever, and their number has an end.
      if (existing < 60) valueOf(await engine.collections.update("notes", { fields: [{ name: field, type: "text" }] }));
      valueOf(
        await engine
          .db(name)
          .collection("notes")
          .createMany([{ title: "1" }, { title: "2" }]),
      );
      for (const tenant of ["victim", "bystander"]) valueOf(await engine.db(tenant).collection("notes").count());
    }
  },
  async check(engine) {
    const problems = [...(await checkAll(engine))];
    for (const name of ["churn-0", "churn-1", "churn-2"]) {
      if (!valueOf(await engine.databases.exists(name))) continue;
      const count = valueOf(await engine.db(name).collection("notes").count());
      if (count !== 0 && count !== 2) problems.push(`${name} holds ${count} of 2 records`);
    }
    return problems;
  },
};

/** Every backup that is listed is whole, and nothing else lies in the store. */
async function checkBackups(engine: TenantEngine): Promise<readonly string[]> {
  const problems: string[] = [];
  const listed = valueOf(await engine.backups.list());
  for (const { id } of listed) {
    const verified = await engine.backups.verify(id);
    if (verified.isErr()) problems.push(`the backup ${id}: ${verified.error.code} ${verified.error.message}`);
  }
  const place = join(engine.dataDir, "backups");
  const known = new Set([".partial", ...listed.map(({ id }) => id)]);
  const entries = await readdir(place).catch(() => []);
  for (const entry of entries) if (!known.has(entry)) problems.push(`${entry} is left over`);
  const unfinished = await readdir(join(place, ".partial")).catch(() => []);
  problems.push(...unfinished.map((left) => `.partial holds ${left}`));
  return problems;
}

const createBackup: CrashScenario = {
  name: "make a backup",
  prepare: prepareTenants,
  async run(engine) {
    valueOf(await engine.db("victim").collection("notes").count());
    valueOf(await engine.backups.create("victim"));
  },
  async check(engine) {
    const problems = [...(await checkBackups(engine)), ...(await checkAll(engine))];
    valueOf(await engine.backups.create("victim"));
    return [...problems, ...(await checkBackups(engine))];
  },
};

const since = "since the backup";

async function prepareBackup(engine: TenantEngine): Promise<void> {
  await prepareTenants(engine);
  valueOf(await engine.backups.create("victim"));
  valueOf(await engine.db("victim").collection("notes").create({ title: since }));
}

/** The titles in a file that no engine has open. */
const titlesIn = async (path: string): Promise<readonly string[]> =>
  (await queryFile(path, "select title from notes order by title")).map(({ title }) => String(title));

/** Wholly as in the backup, and then the one before is kept whole; or wholly as before, and nothing is kept. */
async function checkRestored(engine: TenantEngine): Promise<readonly string[]> {
  const kept = (await readdir(join(engine.dataDir, ".replaced"))).filter((file) => file.endsWith(".db"));
  const isRestored = kept.length > 0;
  const collection = engine.db("victim").collection<{ title: string }>("notes");
  const listed = await collection.getList(1, 100, { sort: "title" });
  if (listed.isErr()) return [`victim cannot be read: ${listed.error.code} ${listed.error.message}`];
  const found = listed.value.items.map(({ title }) => title);
  const before = [...(titlesOf["victim"] ?? []), since].toSorted();
  const wanted = isRestored ? titlesOf["victim"] : before;
  const problems = found.join() === wanted?.join() ? [] : [`victim holds ${found.join()}, ${kept.length} are kept`];
  for (const file of kept) {
    const old = await titlesIn(join(engine.dataDir, ".replaced", file));
    if (old.join() !== before.join()) problems.push(`what is kept holds ${old.join()}`);
  }
  const written = await collection.create({ title: "new" });
  if (written.isErr()) problems.push(`victim cannot be written: ${written.error.code} ${written.error.message}`);
  problems.push(...(await checkNotes(engine, "bystander")), ...(await checkBackups(engine)));
  return problems;
}

const restoreDatabase: CrashScenario = {
  name: "restore a database",
  prepare: prepareBackup,
  async run(engine) {
    // Open, with a log of its own: the harder case.
    valueOf(await engine.db("victim").collection("notes").count());
    const [backup] = valueOf(await engine.backups.list("victim"));
    valueOf(await engine.backups.restore(backup?.id ?? ""));
  },
  check: checkRestored,
};

/** The control: what people do who have only a copy. */
export const copyOver: CrashScenario = {
  name: "restore by copying over",
  prepare: prepareBackup,
  async run(engine, { files }) {
    valueOf(await engine.db("victim").collection("notes").count());
    const [backup] = valueOf(await engine.backups.list("victim"));
    const content = await readFile(join(engine.dataDir, "backups", backup?.id ?? "", "content"));
    const pageBytes = 4_096;
    for (let offset = 0; offset < content.length; offset += pageBytes) {
      const page = content.subarray(offset, offset + pageBytes);
      await files.overwrite(join(engine.dataDir, "victim.db"), offset, page);
    }
  },
  check: checkRestored,
};

/** Backups, restores and writes without end; killed from outside, at any moment. */
export const restoreChurn: CrashScenario = {
  name: "restore for ever",
  prepare: prepareBackup,
  async run(engine, { acknowledge }) {
    const [first] = valueOf(await engine.backups.list("victim"));
    for (let n = 0; ; n += 1) {
      const titles = [`${n} left`, `${n} right`];
      const rows = titles.map((title) => ({ title }));
      valueOf(await engine.db("victim").collection("notes").createMany(rows));
      for (const title of titles) acknowledge(title);
      if (n % 3 === 0) valueOf(await engine.backups.create("victim"));
      if (n % 2 === 0) valueOf(await engine.backups.restore(first?.id ?? ""));
    }
  },
  async check(engine, acknowledged) {
    const problems = [...(await checkBackups(engine)), ...(await checkNotes(engine, "bystander"))];
    const listed = await engine.db("victim").collection<{ title: string }>("notes").getList(1, 1_000);
    if (listed.isErr()) return [...problems, `victim cannot be read: ${listed.error.code} ${listed.error.message}`];
    const here = listed.value.items.map(({ title }) => title);
    for (const title of titlesOf["victim"] ?? []) if (!here.includes(title)) problems.push(`victim lacks ${title}`);
    const halves = here.filter((title) => /^\d+ (left|right)$/.test(title));
    if (halves.length % 2 !== 0) problems.push(`victim holds half of a write: ${halves.join()}`);
    const somewhere = new Set(here);
    for (const file of await readdir(join(engine.dataDir, ".replaced"))) {
      if (!file.endsWith(".db")) continue;
      for (const title of await titlesIn(join(engine.dataDir, ".replaced", file))) somewhere.add(title);
    }
    const lost = acknowledged.filter((title) => !somewhere.has(title));
    return lost.length === 0 ? problems : [...problems, `acknowledged and lost: ${lost.join()}`];
  },
};

/** Those that are killed at each of their calls. */
export const pointScenarios = [
  createDatabase,
  deleteDatabase,
  changeSchema,
  catchUp,
  migrateAll,
  firstOpen,
  createBackup,
  restoreDatabase,
];

/** A scenario by its name. */
export function scenarioOf(name: string): CrashScenario {
  const found = [...pointScenarios, churn, copyOver, restoreChurn].find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario "${name}"`);
  return found;
}
