// A database that was written to is never passed over by createAll, whatever was opened, closed, deleted, copied and
// restarted in between: the backup that a set names holds exactly what the database holds. The same harness must catch a
// storage whose footprints do not notice writes.
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { TenantEngine, type Database } from "../../lib/index.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import type { Storage } from "../../lib/storage/storage.js";
import { testSeed } from "../support/random.js";
import { queryFile } from "../support/raw-database.js";
import { withTempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";

const seed = testSeed("unchanged-databases");
const names = ["a", "b", "c", "d"] as const;
type Name = (typeof names)[number];

type Step =
  | {
      readonly kind: "write" | "update" | "transaction" | "failed write" | "read" | "anew" | "backup";
      readonly name: Name;
    }
  | { readonly kind: "schema" | "all" | "all, with writes" | "restart" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom("write", "update", "transaction", "failed write", "read", "read", "anew", "backup"),
      name: fc.constantFrom(...names),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("all", "all", "all, with writes", "restart", "schema") }) },
);

/** The engine under test with what it should hold: a number for each database. */
class World {
  readonly #dataDir: string;
  readonly #storage: (dataDir: string) => Storage;
  readonly #numbers = new Map<Name, number>();
  #engine: TenantEngine | undefined;
  #fields = 0;
  passedOver = 0;
  readonly problems: string[] = [];

  constructor(dataDir: string, storage: (dataDir: string) => Storage) {
    this.#dataDir = dataDir;
    this.#storage = storage;
  }

  get #opened(): TenantEngine {
    if (!this.#engine) throw new Error("open first");
    return this.#engine;
  }

  async open(): Promise<void> {
    // Three places for seven databases: each use of one closes another.
    const options = { dataDir: this.#dataDir, storage: this.#storage(this.#dataDir), maxOpenDatabases: 3 };
    this.#engine = valueOf(await TenantEngine.open(options));
  }

  async close(): Promise<void> {
    valueOf(await this.#opened.close());
  }

  async setUp(): Promise<void> {
    await this.open();
    valueOf(
      await this.#opened.collections.create({
        name: "numbers",
        fields: [
          { name: "key", type: "text", unique: true },
          { name: "value", type: "number" },
        ],
      }),
    );
    for (const name of names) await this.#make(name);
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case "restart":
        await this.close();
        return this.open();
      case "schema": {
        this.#fields += 1;
        const fields = [{ name: `more${this.#fields}`, type: "text" }] as const;
        valueOf(await this.#opened.collections.update("numbers", { fields }));
        return;
      }
      case "all":
        return this.#backUpAll();
      case "all, with writes": {
        const running = this.#opened.backups.createAll();
        for (const name of [...names, ...names]) await this.#write(name);
        valueOf(await running);
        // What was written meanwhile may be in it or not; the next one must have it all.
        return this.#backUpAll();
      }
      case "backup":
        return void valueOf(await this.#opened.backups.create(step.name));
      case "read":
        return void valueOf(await this.#numbersIn(step.name).getFirst("value >= 0"));
      case "anew":
        valueOf(await this.#opened.databases.delete(step.name));
        return this.#make(step.name);
      case "failed write":
        return void (await this.#numbersIn(step.name).create({ key: "number", value: 1 }));
      default:
        return this.#write(step.name, step.kind);
    }
  }

  #db(name: Name): Database {
    return this.#opened.db(name);
  }

  #numbersIn(name: Name) {
    return this.#db(name).collection<{ key: string; value: number }>("numbers");
  }

  async #make(name: Name): Promise<void> {
    valueOf(await this.#opened.databases.create({ name }));
    valueOf(await this.#numbersIn(name).create({ key: "number", value: 0 }));
    this.#numbers.set(name, 0);
  }

  async #write(name: Name, kind: "write" | "update" | "transaction" = "update"): Promise<void> {
    const value = this.#numbers.get(name)! + 1;
    const { id } = valueOf(await this.#numbersIn(name).getFirst("key = 'number'"));
    if (kind === "transaction") {
      valueOf(await this.#db(name).transaction((tx) => tx.collection("numbers").update(id, { value })));
    } else valueOf(await this.#numbersIn(name).update(id, { value }));
    this.#numbers.set(name, value);
  }

  async #backUpAll(): Promise<void> {
    const report = valueOf(await this.#opened.backups.createAll());
    this.passedOver += report.unchanged;
    const manifest = await this.#membersOf(report.set!);
    for (const name of names) {
      const stored = await numberIn(join(this.#dataDir, "backups", manifest.get(name)!, "content"));
      const held = this.#numbers.get(name);
      if (stored !== held) this.problems.push(`${name} holds ${held}, its backup ${stored}`);
    }
  }

  async #membersOf(set: string): Promise<ReadonlyMap<string, string>> {
    const manifest = JSON.parse(await readFile(join(this.#dataDir, "backups", set, "manifest.json"), "utf8")) as {
      readonly databases: readonly { readonly name: string; readonly backup: string }[];
    };
    return new Map(manifest.databases.map(({ name, backup }) => [name, backup]));
  }
}

/** The number in a stored backup, read by SQLite alone from a copy. */
function numberIn(content: string): Promise<number> {
  return withTempDirectory(async (directory) => {
    const copy = join(directory, "copy.db");
    await copyFile(content, copy);
    const [row] = await queryFile(copy, `select "value" from "numbers" where "key" = 'number'`);
    return Number(row!["value"]);
  });
}

async function play(steps: readonly Step[], storage: (dataDir: string) => Storage): Promise<World> {
  return withTempDirectory(async (dataDir) => {
    const world = new World(dataDir, storage);
    await world.setUp();
    try {
      for (const each of [...steps, { kind: "all" } as const]) await world.take(each);
    } finally {
      await world.close();
    }
    return world;
  });
}

const honest = (dataDir: string): Storage => createSqliteStorage({ dataDir, durability: "normal" });

it("every set holds what the databases held", { timeout: 600_000 }, async () => {
  let passedOver = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 16, size: "max" }), async (steps) => {
      const world = await play(steps, honest);
      passedOver += world.passedOver;
      expect(world.problems).toEqual([]);
    }),
    { seed, numRuns: 12, endOnFailure: true },
  );
  // Whoever copies everything each time is right as well, and useless.
  expect(passedOver).toBeGreaterThan(50);
});

it("a storage that does not notice writes is caught (control)", async () => {
  const blind = (dataDir: string): Storage => {
    const storage = honest(dataDir);
    const footprint: Storage["footprint"] = async (name) =>
      (await storage.footprint(name)).map((found) => found && { ...found, inRun: "always" });
    return new Proxy(storage, {
      get: (target, key) => {
        if (key === "footprint") return footprint;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  };
  const { problems } = await play([{ kind: "all" }, { kind: "write", name: "b" }], blind);
  expect(problems).toEqual(["b holds 1, its backup 0"]);
});
