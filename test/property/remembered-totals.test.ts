// Whatever is written, by whom and however it ends: every total that a list gives is the number of records that it selects.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Database } from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { testSeed } from "../support/random.js";
import { valueOf } from "../support/unwrap.js";

const open = { viewRule: "", createRule: "", updateRule: "", deleteRule: "" } as const;
const collections = [
  { name: "users", type: "auth", fields: [{ name: "name", type: "text" }], ...open, listRule: "" },
  {
    name: "lists",
    fields: [
      { name: "label", type: "text" },
      { name: "owner", type: "relation", collection: "users" },
    ],
    ...open,
    listRule: "",
  },
  {
    name: "items",
    softDelete: true,
    fields: [
      { name: "mark", type: "text" },
      { name: "size", type: "number" },
      { name: "code", type: "text", unique: true },
      { name: "list", type: "relation", collection: "lists", cascadeDelete: true },
    ],
    ...open,
    listRule: "list.owner = @request.auth.id || mark = 'open'",
  },
  {
    name: "notes",
    softDelete: true,
    fields: [
      { name: "author", type: "relation", collection: "users" },
      { name: "size", type: "number" },
      { name: "tags", type: "json" },
    ],
    ...open,
    listRule: "author = @request.auth.id || tags ?= 'all'",
  },
] as const;

/** By collection: those of notes ask about their own fields alone, for every caller. */
const questions = {
  items: ["", "size > 1", "mark = 'open'", "list.label = 'a'", "list.owner.name = 'ann' && size < 3"],
  notes: ["", "size > 1 || tags ?= 'one'", "author != null && tags:length < 2", "!(size = 2)"],
} as const;
const filters = questions.items;

const many = 6;
const index = fc.nat(many - 1);
const data = fc.record(
  {
    mark: fc.constantFrom("open", "shut", null),
    size: fc.constantFrom(0, 1, 2, 3, null),
    code: fc.constantFrom("one", "two", null, null, null),
    list: fc.option(index),
  },
  { requiredKeys: [] },
);
const write = fc.oneof(
  fc.record({ kind: fc.constantFrom("create", "createMany", "rolled back", "committed"), data, at: index }),
  fc.record({ kind: fc.constant("update"), data, at: index }),
  fc.record({
    kind: fc.constantFrom("delete", "undelete", "purge", "relabel", "drop list", "rename", "grow"),
    data,
    at: index,
  }),
  fc.record({
    kind: fc.constantFrom(
      "note",
      "note",
      "notes",
      "change note",
      "change note",
      "hide note",
      "show note",
      "purge note",
    ),
    data,
    at: index,
  }),
);
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly #db: Database;
  readonly items: string[] = [];
  readonly lists: string[] = [];
  readonly notes: string[] = [];
  readonly people: string[] = [];
  readonly #grow: () => Promise<unknown>;

  constructor(db: Database, grow: () => Promise<unknown>) {
    this.#db = db;
    this.#grow = grow;
  }

  /** What comes of it is of no interest here: refused writes belong to it. */
  async run({ kind, data: { list, ...values }, at }: Write): Promise<unknown> {
    const items = this.#db.collection("items");
    const id = this.items[at % Math.max(1, this.items.length)] ?? "nobody";
    const row = {
      ...values,
      ...(list === undefined ? {} : { list: list === null ? null : (this.lists[list] ?? null) }),
    };
    switch (kind) {
      case "create": {
        const made = await items.create(row);
        if (made.isOk()) this.items.push(made.value.id);
        return made;
      }
      case "createMany":
        return items.createMany([row, { ...row, code: null }, row]);
      case "committed":
      case "rolled back":
        return this.#db.transaction(async (tx) => {
          await tx.collection("items").create({ ...row, code: null });
          await tx.collection("items").update(id, row);
          await tx.collection("items").delete(id);
          await tx.collection("items").getList(1, 1);
          if (kind === "rolled back") throw new Error("undone");
        });
      case "update":
        return items.update(id, row);
      case "delete":
        return items.delete(id);
      case "undelete":
        return items.undelete(id);
      case "purge":
        return items.purge(id);
      case "relabel":
        return this.#db
          .collection("lists")
          .update(this.lists[at] ?? "", { label: "ab"[at % 2], owner: this.people[at % 2] });
      case "drop list": {
        const made = await this.#db.collection("lists").create({ label: "a", owner: this.people[0] });
        const gone = await this.#db.collection("lists").delete(this.lists[at] ?? "");
        if (made.isOk()) this.lists[at] = made.value.id;
        return gone;
      }
      case "rename":
        return this.#db.collection("users").update(this.people[at % 2] ?? "", { name: ["ann", "bob"][at % 2] });
      case "grow":
        return at === 0 ? this.#grow() : undefined;
      default:
        return this.#runOnNotes(kind, at, values.size);
    }
  }

  async #runOnNotes(kind: Write["kind"], at: number, size: number | null | undefined): Promise<unknown> {
    const notes = this.#db.collection("notes");
    const id = this.notes[(at + (size ?? 0)) % Math.max(1, this.notes.length)] ?? "nobody";
    const author = [null, ...this.people][at % 3];
    const row = { author, size, tags: [null, ["all"], ["one", "two"], "one"][at % 4] };
    switch (kind) {
      case "note": {
        const made = await notes.create(row);
        if (made.isOk()) this.notes.push(made.value.id);
        return made;
      }
      case "notes":
        return notes.createMany([row, { ...row, author: this.people[0] }, at === 0 ? { size: "no number" } : {}]);
      case "change note":
        return notes.update(id, row);
      case "hide note":
        return notes.delete(id);
      case "show note":
        return notes.undelete(id);
      default:
        return notes.purge(id);
    }
  }
}

async function makeWorld() {
  const { engine, db } = await openTenant(collections);
  let fields = 0;
  const grow = () => {
    fields += 1;
    return engine.collections.update("items", { fields: [{ name: `f${fields}`, type: "text", default: "x" }] });
  };
  const world = new World(db, async () => grow());
  for (const name of ["ann", "bob"]) {
    const account = { email: `${name}@example.com`, password: "correct horse", name };
    world.people.push(valueOf(await db.collection("users").create(account)).id);
  }
  for (let n = 0; n < many; n += 1) {
    world.lists.push(
      valueOf(await db.collection("lists").create({ label: "ab"[n % 2], owner: world.people[n % 2] })).id,
    );
  }
  const asPeople = await Promise.all(world.people.map(async (id) => db.as(valueOf(await db.auth.principalOf(id)))));
  return { db, world, callers: [db, db.as(null), ...asPeople] };
}

const asked = Object.entries(questions).flatMap(([name, texts]) => texts.map((filter) => ({ name, filter })));

/** The totals of every caller and filter, by every call that gives one. */
async function totalsOf(callers: readonly Database[]): Promise<string[]> {
  const found: string[] = [];
  for (const [caller, db] of callers.entries()) {
    for (const { name, filter } of asked) {
      const records = db.collection(name);
      const given = [
        valueOf(await records.getList(1, 2, { filter })).totalItems,
        valueOf(await records.count(filter)),
        valueOf(await records.getList(2, 3, { filter, sort: "size" })).totalItems,
        valueOf(await records.getList(1, 3, { filter, cursor: "" })).totalItems,
        (JSON.parse(valueOf(await records.getListText(1, 1, { filter }))) as { totalItems: number }).totalItems,
      ];
      found.push(`${caller}: ${name}: ${filter}: ${[...new Set(given)].join(" or ")}`);
    }
  }
  return found;
}

/** The same counted anew: inside of a transaction nothing is remembered. */
async function freshTotals(callers: readonly Database[]): Promise<string[]> {
  const found: string[] = [];
  for (const [caller, db] of callers.entries()) {
    for (const { name, filter } of asked) {
      const fresh = valueOf(await db.transaction((tx) => tx.collection(name).count(filter)));
      found.push(`${caller}: ${name}: ${filter}: ${fresh}`);
    }
  }
  return found;
}

describe("remembered totals", () => {
  it("are those of a fresh count after any sequence of writes, one after the other or at once", async () => {
    const seed = testSeed("remembered totals");
    const { world, callers } = await makeWorld();
    const rounds = fc.sample(fc.array(write, { minLength: 1, maxLength: 8 }), { numRuns: 30, seed });
    for (const [round, writes] of rounds.entries()) {
      // Lists beside the writes, so that some count while something is under way.
      const beside = callers.map((db) =>
        db.collection("items").getList(1, 3, { filter: filters[round % filters.length] }),
      );
      if (round % 2 === 0) await Promise.all(writes.map((each) => world.run(each)));
      else for (const each of writes) await world.run(each);
      for (const page of await Promise.all(beside)) valueOf(page);
      // First what is given: to count anew is a write itself.
      const given = await totalsOf(callers);
      expect(given, `round ${round}`).toEqual(await freshTotals(callers));
      // What is remembered now must not outlive the next round's writes.
      await totalsOf(callers);
    }
    // Some creates went well; how many hangs on the seed.
    expect(world.items.length).toBeGreaterThan(0);
  });

  it("fit the records beside them while others write", async () => {
    const { db } = await makeWorld();
    const items = db.collection("items");
    let isOver = false;
    const wrong: string[] = [];
    const readers = Array.from({ length: 12 }, async (_, n) => {
      while (!isOver) {
        const page = valueOf(await items.getList(1, 500, { filter: n % 2 === 0 ? "" : "size = 1" }));
        if (page.items.length !== page.totalItems) wrong.push(`${page.items.length} of ${page.totalItems}`);
      }
    });
    for (let n = 0; n < 150; n += 1) {
      valueOf(await items.create({ size: n % 2 }));
      // Now and then nothing is written for a while, so that totals are remembered at all.
      if (n % 10 === 0) for (let pause = 0; pause < 5; pause += 1) valueOf(await items.getList(1, 500));
    }
    isOver = true;
    await Promise.all(readers);
    expect(wrong).toEqual([]);
  });
});
