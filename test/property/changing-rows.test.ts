// Whoever watches the rows of a database hears of every change, and of none that was undone: from what he is told alone
// he can keep a copy of the tables.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ok } from "../../lib/base/result.js";
import { createManyRecords } from "../../lib/records/create-many-records.js";
import { createRecord } from "../../lib/records/create-record.js";
import { deleteRecord, purgeRecord } from "../../lib/records/delete-record.js";
import type { RecordContext } from "../../lib/records/record-context.js";
import type { RowWatch } from "../../lib/records/rows/changing-rows.js";
import { undeleteRecord } from "../../lib/records/undelete-record.js";
import { updateRecord } from "../../lib/records/update-record.js";
import type { Collection } from "../../lib/schema/collection.js";
import { inSavepoint } from "../../lib/storage/savepoint.js";
import type { StoreExecutor } from "../../lib/storage/storage.js";
import { onTransactionEnd } from "../../lib/storage/transaction-end.js";
import { emptyTables, idsIn, openRecordStore } from "../support/record-store.js";
import { valueOf } from "../support/unwrap.js";

const relation = (collection: string, more = {}) => ({ type: "relation", collection, ...more });

const definitions = [
  {
    name: "people",
    softDelete: true,
    fields: [
      { name: "name", type: "text", unique: true },
      { name: "boss", ...relation("people", { cascadeDelete: true }) },
    ],
  },
  {
    name: "notes",
    fields: [
      { name: "text", type: "text", unique: true },
      { name: "size", type: "number" },
      { name: "author", ...relation("people", { cascadeDelete: true }) },
      { name: "readers", ...relation("people", { multiple: true }) },
    ],
  },
] as const;

const tables = definitions.map(({ name }) => name);

/** Rows by table and id, as texts. */
type Copy = Map<string, string>;

const rowsOf = async (db: StoreExecutor, table: string, ids?: readonly string[]): Promise<[string, string][]> => {
  let query = db.selectFrom(table).selectAll();
  if (ids) query = query.where("id", "in", ids);
  const rows = ids?.length === 0 ? [] : await query.execute();
  return rows.map((row) => [`${table}/${String(row["id"])}`, JSON.stringify(row)]);
};

/** Keeps a copy from what it is told. `believes` is what it makes of the end of a write. */
function copyKeeper(copy: Copy, asks: { current: boolean }, believes: (isCommitted: boolean) => boolean): RowWatch {
  return {
    asksAround: () => asks.current,
    changing(db: StoreExecutor, { name }: Collection, ids: readonly string[]) {
      if (!asks.current) {
        // As one who keeps nothing yet, and only hears that he may not rely on what he saw.
        onTransactionEnd(db, (isCommitted) => void (believes(isCommitted) && copy.set("dirty", "")));
        return undefined;
      }
      let before: [string, string][] = [];
      return {
        before: async () => void (before = await rowsOf(db, name, ids)),
        after: async () => {
          const after = await rowsOf(db, name, ids);
          onTransactionEnd(db, (isCommitted) => {
            if (!believes(isCommitted)) return;
            for (const [key] of before) copy.delete(key);
            for (const [key, row] of after) copy.set(key, row);
          });
        },
      };
    },
  };
}

const calls = fc.record({
  kind: fc.constantFrom(
    "create",
    "create",
    "create",
    "createMany",
    "update",
    "update",
    "delete",
    "purge",
    "undelete",
    "transaction",
  ),
  collection: fc.constantFrom(...tables),
  text: fc.integer({ min: 0, max: 12 }).map((n) => `t${n}`),
  /** Which of the records that there were: a random place. */
  at: fc.nat(1_000),
  other: fc.nat(1_000),
});

type Call = typeof calls extends fc.Arbitrary<infer T> ? T : never;

const pick = (ids: readonly string[], at: number): string => ids[at % Math.max(1, ids.length)] ?? "f".repeat(32);

async function run(context: RecordContext, call: Call, ids: ReadonlyMap<string, readonly string[]>): Promise<unknown> {
  const { kind, collection, text, at, other } = call;
  const own = ids.get(collection) ?? [];
  const people = ids.get("people") ?? [];
  const related = at % 3 === 0 && people.length > 0 ? pick(people, other) : null;
  const body =
    collection === "people"
      ? { name: text, boss: related }
      : { text, size: at / 8, author: related, readers: other % 4 === 0 && related ? [related] : [] };
  switch (kind) {
    case "create":
      return createRecord(context, collection, body);
    case "createMany":
      return createManyRecords(context, collection, [
        body,
        { ...body, [collection === "people" ? "name" : "text"]: `${text}+` },
      ]);
    case "update":
      return updateRecord(context, collection, pick(own, at), body);
    case "delete":
      return deleteRecord(context, collection, pick(own, at));
    case "purge":
      return purgeRecord(context, collection, pick(own, at));
    case "undelete":
      return undeleteRecord(context, collection, pick(own, at));
    case "transaction":
      return context.write(
        async (db) => {
          const inside: RecordContext = {
            ...context,
            write: (work, { shortcut } = {}) => inSavepoint(db, work, shortcut),
          };
          void (await createRecord(inside, "notes", { text }));
          void (await createRecord(inside, "notes", { text: `${text}!` }));
          void (await updateRecord(inside, collection, pick(own, at), body));
          return other % 2 === 0 ? ok(undefined) : createRecord(inside, "nowhere", {});
        },
        { isAlone: true },
      );
  }
}

/** What differs between the copy and the tables after rounds of calls at once. */
async function differences(
  { store, context }: Awaited<ReturnType<typeof openRecordStore>>,
  rounds: readonly { readonly calls: readonly Call[]; readonly asks: boolean }[],
  believes: (isCommitted: boolean) => boolean,
): Promise<readonly string[]> {
  await emptyTables(store, tables);
  const copy: Copy = new Map();
  const asks = { current: true };
  const watched = { ...context, watch: copyKeeper(copy, asks, believes) };
  const actual = async (): Promise<Copy> => {
    const all: Copy = new Map();
    for (const table of tables) {
      const rows = await store.read(async (db) => ok(await rowsOf(db, table)));
      for (const [key, row] of valueOf(rows)) all.set(key, row);
    }
    return all;
  };
  for (const round of rounds) {
    asks.current = round.asks;
    const ids = await idsIn(store, tables);
    await Promise.all(round.calls.map((call) => run(watched, call, ids)));
    if (round.asks) continue;
    // It was told that there were changes, if there were any; then it looks at all anew.
    const now = await actual();
    if (!copy.delete("dirty")) continue;
    copy.clear();
    for (const [key, row] of now) copy.set(key, row);
  }
  const now = await actual();
  return [...new Set([...copy.keys(), ...now.keys()])].filter((key) => copy.get(key) !== now.get(key));
}

const rounds = fc.array(
  fc.record({
    calls: fc.array(calls, { minLength: 1, maxLength: 24 }),
    asks: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  }),
  { minLength: 1, maxLength: 6 },
);

test("a copy kept from what the watch hears equals the tables", { timeout: 120_000 }, async () => {
  const records = await openRecordStore(definitions);
  await fc.assert(
    fc.asyncProperty(rounds, async (generated) => {
      expect(await differences(records, generated, (isCommitted) => isCommitted)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("one that takes what was undone for committed is caught (control)", { timeout: 120_000 }, async () => {
  const records = await openRecordStore(definitions);
  const found = await fc.check(
    fc.asyncProperty(rounds, async (generated) => {
      expect(await differences(records, generated, () => true)).toEqual([]);
    }),
    { numRuns: 60, endOnFailure: true },
  );
  expect(found.failed).toBe(true);
});
