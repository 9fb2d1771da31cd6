// Writes at once come to what the same writes give one after the other, in the order in which they were queued: the same
// outcome for each caller, the same rows in the end.
import fc from "fast-check";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { EngineError } from "../../lib/base/errors.js";
import { err, ok, type Outcome, type Result } from "../../lib/base/result.js";
import { createManyRecords } from "../../lib/records/create-many-records.js";
import { createRecord } from "../../lib/records/create-record.js";
import { deleteRecord } from "../../lib/records/delete-record.js";
import type { RecordContext } from "../../lib/records/record-context.js";
import { updateRecord } from "../../lib/records/update-record.js";
import { inSavepoint } from "../../lib/storage/savepoint.js";
import { openRecordStore, type RecordStore } from "../support/record-store.js";
import { valueOf } from "../support/unwrap.js";

const definitions = [
  {
    name: "posts",
    fields: [
      { name: "title", type: "text", required: true, unique: true },
      { name: "slug", type: "text", unique: true },
      { name: "size", type: "number" },
      { name: "isOpen", type: "bool" },
      { name: "more", type: "json" },
      { name: "parent", type: "relation", collection: "posts" },
    ],
  },
];

// Of those that are there when the writes begin.
const present = Array.from({ length: 6 }, (_, n) => ({ id: `${n}`.repeat(32), title: `t${n}` }));

const bodies = fc.record(
  {
    // Few, so that they clash with what is there and with each other.
    title: fc.integer({ min: 0, max: 14 }).map((n) => `t${n}`),
    slug: fc.option(fc.integer({ min: 0, max: 20 }).map((n) => `s${n}`)),
    size: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    isOpen: fc.option(fc.boolean()),
    more: fc.option(fc.jsonValue({ maxDepth: 2 })),
    // Some of them are nobody's.
    parent: fc.option(fc.constantFrom(...present.map(({ id }) => id), "f".repeat(32)), { freq: 3 }),
  },
  { requiredKeys: [] },
);

const ids = fc.constantFrom(...present.map(({ id }) => id));

const writes = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("create" as const), body: bodies }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("update" as const), id: ids, body: bodies }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), id: ids }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("createMany" as const), body: bodies, second: bodies }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("transaction" as const), body: bodies, id: ids, ends: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("throw" as const), body: bodies }) },
);

type Write = typeof writes extends fc.Arbitrary<infer T> ? T : never;

async function run(context: RecordContext, write: Write): Outcome<unknown> {
  switch (write.kind) {
    case "create":
      return createRecord(context, "posts", write.body);
    case "update":
      return updateRecord(context, "posts", write.id, write.body);
    case "delete":
      return deleteRecord(context, "posts", write.id);
    case "createMany":
      return createManyRecords(context, "posts", [write.body, write.second]);
    case "throw":
      return context.write(async (db) => {
        const inside = { ...context, write: (work: (inner: typeof db) => Outcome<never>) => inSavepoint(db, work) };
        void (await createRecord(inside, "posts", write.body));
        throw new Error("mine");
      });
    case "transaction":
      return context.write(
        async (db) => {
          const inside: RecordContext = {
            ...context,
            write: (work, { shortcut } = {}) => inSavepoint(db, work, shortcut),
          };
          const made = await createRecord(inside, "posts", write.body);
          const removed = await deleteRecord(inside, "posts", write.id);
          return write.ends ? ok([shown(made), shown(removed)]) : err(new EngineError("conflict", {}));
        },
        { isAlone: true },
      );
  }
}

/** What a caller was told, without what the clock and chance put into it. */
function shown(outcome: Result<unknown, EngineError>): unknown {
  if (outcome.isErr()) return { code: outcome.error.code, details: outcome.error.details };
  return withoutChance(outcome.value);
}

function withoutChance(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutChance);
  if (typeof value !== "object" || value === null) return value;
  const { id, created: _, updated: __, ...rest } = value as Record<string, unknown>;
  return { ...rest, id: present.some((row) => row.id === id) ? id : "new" };
}

async function reset({ store }: RecordStore): Promise<void> {
  const at = "2026-01-01T00:00:00.000Z";
  const rows = present.map((row) => ({ ...row, created: at, updated: at }));
  const written = await store.write(async (db) => {
    await sql`delete from posts`.execute(db);
    return ok(await db.insertInto("posts").values(rows).execute());
  });
  valueOf(written);
}

async function rowsOf({ store }: RecordStore): Promise<unknown> {
  const rows = await store.read(async (db) => ok(await db.selectFrom("posts").selectAll().orderBy("title").execute()));
  return valueOf(rows).map(withoutChance);
}

interface Ends {
  readonly outcomes: readonly unknown[];
  readonly rows: unknown;
}

/** All at once; also in which order they came to the store's writer. */
async function atOnce(
  records: RecordStore,
  calls: readonly Write[],
  sabotage: RecordContext["write"] = records.context.write,
): Promise<Ends & { readonly order: readonly number[] }> {
  await reset(records);
  const order: number[] = [];
  const outcomes = await Promise.all(
    calls.map((call, index) => {
      const context: RecordContext = {
        ...records.context,
        write: (work, options) => {
          order.push(index);
          return sabotage(work, options);
        },
      };
      return run(context, call);
    }),
  );
  return { outcomes: outcomes.map(shown), rows: await rowsOf(records), order };
}

/** One after the other. Those that never came to the writer were refused before it, whenever they ran. */
async function oneByOne(records: RecordStore, calls: readonly Write[], order: readonly number[]): Promise<Ends> {
  await reset(records);
  const outcomes: unknown[] = [];
  const refused = calls.map((_, index) => index).filter((index) => !order.includes(index));
  for (const index of [...order, ...refused]) outcomes[index] = shown(await run(records.context, calls[index]!));
  return { outcomes, rows: await rowsOf(records) };
}

const callers = fc.array(writes, { minLength: 1, maxLength: 60 });

async function isAlike(
  grouped: RecordStore,
  single: RecordStore,
  calls: readonly Write[],
  sabotage?: RecordContext["write"],
) {
  const { order, ...ends } = await atOnce(grouped, calls, sabotage);
  expect(ends).toEqual(await oneByOne(single, calls, order));
}

test("at once is as one by one", { timeout: 240_000 }, async () => {
  const [grouped, single] = [await openRecordStore(definitions), await openRecordStore(definitions)];
  await fc.assert(
    fc.asyncProperty(callers, (calls) => isAlike(grouped, single, calls)),
    { numRuns: 150 },
  );
});

test.each(["swallows a failure", "keeps what failed", "tells another caller"] as const)(
  "a group that %s is caught (control)",
  { timeout: 120_000 },
  async (kind) => {
    const [grouped, single] = [await openRecordStore(definitions), await openRecordStore(definitions)];
    const { write } = grouped.context;
    let last: Promise<unknown> = Promise.resolve(undefined);
    const sabotage: RecordContext["write"] = async (work, options) => {
      if (kind === "keeps what failed") {
        let outcome: Awaited<ReturnType<typeof work>> | undefined;
        void (await write(async (db) => ok(void (outcome = await work(db)))));
        return outcome ?? write(work);
      }
      const mine = write(work, options);
      const other = last;
      last = mine;
      if (kind === "tells another caller") return ((await other) as Awaited<typeof mine>) ?? mine;
      const outcome = await mine;
      return outcome.isErr() ? (ok({}) as never) : outcome;
    };
    const found = await fc.check(
      fc.asyncProperty(callers, (calls) => isAlike(grouped, single, calls, sabotage)),
      { numRuns: 60, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
  },
);
