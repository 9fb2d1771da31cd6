// Which writes leave a remembered total right without counting, and which let it go: seen by the statements that counted.
import { CompiledQuery, sql } from "kysely";
import { beforeEach, describe, expect, it } from "vitest";
import { ok } from "../../../../lib/base/result.js";
import { countRecords } from "../../../../lib/records/count-records.js";
import { createManyRecords } from "../../../../lib/records/create-many-records.js";
import { createRecord } from "../../../../lib/records/create-record.js";
import { deleteRecord, purgeRecord } from "../../../../lib/records/delete-record.js";
import { listRecords } from "../../../../lib/records/list-records.js";
import type { RecordContext } from "../../../../lib/records/record-context.js";
import { RememberedTotals } from "../../../../lib/records/totals/remembered-totals.js";
import { totalQuestion } from "../../../../lib/records/totals/total-question.js";
import { undeleteRecord } from "../../../../lib/records/undelete-record.js";
import { updateRecord } from "../../../../lib/records/update-record.js";
import { inSavepoint } from "../../../../lib/storage/savepoint.js";
import { openRememberingStore, type RememberingStore } from "../../../support/remembering-store.js";
import { refusalOf, valueOf } from "../../../support/unwrap.js";

const definitions = [
  { name: "people", fields: [{ name: "name", type: "text" }] },
  {
    name: "notes",
    softDelete: true,
    fields: [
      { name: "size", type: "number" },
      { name: "code", type: "text", unique: true },
      { name: "people", type: "relation", collection: "people", cascadeDelete: true },
      { name: "parent", type: "relation", collection: "notes" },
    ],
  },
  { name: "others", fields: [{ name: "text", type: "text" }] },
] as const;

// A column called as a collection is no relation by that.
const own = ["", "size > 2", "size > 2 && people = null", "people != null"];

let opened: RememberingStore;
let person = "";
let note = "";

beforeEach(async () => {
  opened = await openRememberingStore(definitions);
  const { context } = opened;
  person = valueOf(await createRecord(context, "people", { name: "ann" }))["id"] as string;
  note = valueOf(await createRecord(context, "notes", { size: 1, code: "one", people: person }))["id"] as string;
  for (const size of [2, 3, 4]) valueOf(await createRecord(context, "notes", { size, parent: note }));
});

const totalsOf = async (filters: readonly string[], name = "notes"): Promise<number[]> => {
  const found: number[] = [];
  for (const filter of filters)
    found.push(valueOf(await listRecords(opened.context, name, 1, 2, { filter })).totalItems);
  return found;
};

/** How many statements `work` and the lists after it count with. */
const countedBy = async (work: () => PromiseLike<unknown>, filters: readonly string[]): Promise<number> => {
  await work();
  const before = opened.counted.length;
  await totalsOf(filters);
  return opened.counted.length - before;
};

describe("totals over a collection's own fields", () => {
  it("are adjusted by every write of a record", async () => {
    const { context, counted } = opened;
    expect(await totalsOf(own)).toEqual([4, 2, 2, 1]);
    expect(counted).toHaveLength(own.length);
    valueOf(await createRecord(context, "notes", { size: 5, people: person }));
    expect(await totalsOf(own)).toEqual([5, 3, 2, 2]);
    valueOf(await updateRecord(context, "notes", note, { size: 9, people: null }));
    expect(await totalsOf(own)).toEqual([5, 4, 3, 1]);
    valueOf(await deleteRecord(context, "notes", note));
    expect(await totalsOf(own)).toEqual([4, 3, 2, 1]);
    valueOf(await undeleteRecord(context, "notes", note));
    expect(await totalsOf(own)).toEqual([5, 4, 3, 1]);
    valueOf(await deleteRecord(context, "notes", note));
    valueOf(await purgeRecord(context, "notes", note));
    valueOf(await createManyRecords(context, "notes", [{ size: 1 }, { size: 7 }, { size: 8, people: person }]));
    expect(await totalsOf(own)).toEqual([7, 5, 3, 2]);
    // Its notes go with her.
    valueOf(await deleteRecord(context, "people", person));
    expect(await totalsOf(own)).toEqual([5, 3, 3, 0]);
    const many = Array.from({ length: 20 }, (_, size) => createRecord(context, "notes", { size }));
    for (const made of await Promise.all(many)) valueOf(made);
    expect(await totalsOf(own)).toEqual([25, 20, 20, 0]);
    expect(counted).toHaveLength(own.length);
  });

  it("are as they were after a write that failed or was undone", async () => {
    const { context, counted } = opened;
    await totalsOf(own);
    refusalOf(await createRecord(context, "notes", { size: 5, code: "one" }), "unique_violation");
    const undone = await context.write(
      async (db) => {
        const inside: RecordContext = { ...context, totals: undefined, write: (work) => inSavepoint(db, work) };
        valueOf(await createRecord(inside, "notes", { size: 5 }));
        valueOf(await updateRecord(inside, "notes", note, { size: 9 }));
        return deleteRecord(inside, "notes", "f".repeat(32));
      },
      { isAlone: true },
    );
    refusalOf(undone, "record_not_found");
    // One of a group clashes, the others stand.
    await Promise.all(
      [6, 7, 8].map((size) => createRecord(context, "notes", { size, code: size === 7 ? "one" : null })),
    );
    expect(await totalsOf(own)).toEqual([6, 4, 4, 1]);
    expect(counted).toHaveLength(own.length);
  });

  it("are the same for lists, counts and pages", async () => {
    const { context, counted } = opened;
    expect(valueOf(await countRecords(context, "notes", "size > 2"))).toBe(2);
    valueOf(await createRecord(context, "notes", { size: 5 }));
    expect(valueOf(await listRecords(context, "notes", 2, 1, { filter: "size > 2", sort: "-size" })).totalItems).toBe(
      3,
    );
    expect(valueOf(await countRecords(context, "notes", "size > 2"))).toBe(3);
    const first = valueOf(await listRecords(context, "notes", 1, 1, { filter: "size > 2", cursor: "" }));
    expect(first).toMatchObject({ totalItems: 3, items: [{ size: 3 }] });
    expect(counted).toHaveLength(1);
  });

  it("are counted anew after a write of so many rows that asking costs more", async () => {
    await totalsOf(own);
    const rows = Array.from({ length: 8_000 }, (_, size) => ({ size }));
    expect(await countedBy(() => createManyRecords(opened.context, "notes", rows), own)).toBe(own.length);
    expect(await totalsOf(own)).toEqual([8_004, 7_999, 7_999, 1]);
  });

  it.each([1, 5])(
    "are let go where the store refuses to ask about them, and %i writes at once do not feel it",
    async (writes) => {
      const { context, store, counted } = opened;
      await totalsOf(own);
      const totals = context.services.totals.of(store)!;
      const collection = context.catalog.collections.get("notes")!;
      const statement = CompiledQuery.raw(`select count(*) as "total" from "notes" where no_function("size")`);
      const question = totalQuestion({ collection, catalog: context.catalog, statement, values: [] });
      totals.set(question, 7);
      expect(totals.get(question)).toBe(7);
      const made = await Promise.all(Array.from({ length: writes }, () => createRecord(context, "notes", { size: 5 })));
      for (const each of made) valueOf(each);
      expect(totals.get(question)).toBeUndefined();
      expect(await totalsOf(own)).toEqual([4 + writes, 2 + writes, 2 + writes, 1]);
      expect(counted).toHaveLength(2 * own.length);
      valueOf(await createRecord(context, "notes", { size: 5 }));
      expect(await totalsOf(own)).toEqual([5 + writes, 3 + writes, 3 + writes, 1]);
      expect(counted).toHaveLength(2 * own.length);
    },
  );

  it("are let go when nobody wants them for long", async () => {
    await totalsOf(own);
    const write = async () => {
      for (let n = 0; n < 251; n += 1) valueOf(await createRecord(opened.context, "others", { text: "x" }));
    };
    expect(await countedBy(write, own)).toBe(0);
    const change = async () => {
      for (let n = 0; n < 251; n += 1) valueOf(await updateRecord(opened.context, "notes", note, { size: n }));
    };
    expect(await countedBy(change, own)).toBe(own.length);
  });

  it("are counted anew where more filters are in use than a write asks about", async () => {
    const filters = Array.from({ length: 200 }, (_, n) => `size > ${n}`);
    await totalsOf(filters);
    const counted = await countedBy(() => createRecord(opened.context, "notes", { size: 1_000 }), filters);
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThan(200);
    expect(new Set(await totalsOf(filters.slice(10)))).toEqual(new Set([1]));
  });
});

describe("totals over relations", () => {
  const far = ["people.name = 'ann'", "parent.size = 1"];

  it("are counted anew after a write of either side, and after no other", async () => {
    const { context } = opened;
    expect(await totalsOf(far)).toEqual([1, 3]);
    expect(await countedBy(() => createRecord(context, "others", { text: "x" }), far)).toBe(0);
    expect(await countedBy(() => updateRecord(context, "people", person, { name: "bob" }), far)).toBe(1);
    expect(await totalsOf(far)).toEqual([0, 3]);
    expect(await countedBy(() => updateRecord(context, "notes", note, { size: 7 }), far)).toBe(2);
    expect(await totalsOf(far)).toEqual([0, 0]);
  });
});

describe("all totals of a database", () => {
  it("are let go by a write that nobody follows", async () => {
    const { store } = opened;
    expect(await totalsOf(own)).toEqual([4, 2, 2, 1]);
    valueOf(await store.write(async (db) => ok(await sql`update notes set size = 9`.execute(db))));
    expect(await totalsOf(own)).toEqual([4, 4, 3, 1]);
    valueOf(await store.upgrade(store.schemaVersion + 1, [`update notes set size = 1`]));
    expect(await totalsOf(own)).toEqual([4, 0, 0, 1]);
    valueOf(
      await store.writeSchema(store.schemaVersion + 1, async (db) => {
        await sql`delete from notes`.execute(db);
        return ok(undefined);
      }),
    );
    expect(await totalsOf(own)).toEqual([0, 0, 0, 0]);
  });

  it("are none of another database's", async () => {
    const other = await openRememberingStore(definitions);
    const shared = { ...other.context, services: opened.context.services };
    expect(await totalsOf(own)).toEqual([4, 2, 2, 1]);
    expect(valueOf(await listRecords(shared, "notes", 1, 2)).totalItems).toBe(0);
  });

  it("are none where none are to be remembered", () => {
    const { context, store } = opened;
    expect(new RememberedTotals(context.services.dialect, 0).of(store)).toBeUndefined();
  });

  it("are let go of, the oldest first, where they take too much memory", async () => {
    const { context, store } = opened;
    const totals = new RememberedTotals(context.services.dialect, 2_000).of(store)!;
    const filters = Array.from({ length: 20 }, (_, n) => `size > ${n}`);
    const asking = { ...context, totals };
    const listed = async (filter: string) => {
      const before = opened.counted.length;
      valueOf(await listRecords(asking, "notes", 1, 1, { filter }));
      return opened.counted.length - before;
    };
    for (const filter of filters) await listed(filter);
    expect(await listed("size > 19")).toBe(0);
    expect(await listed("size > 0")).toBe(1);
  });
});
