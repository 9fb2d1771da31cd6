// Rows that travel as one text are stored as if each value had been bound by itself: the same class, the same bytes.
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ColumnKind, StoreDialect } from "../../lib/storage/store-dialect.js";
import type { StoreValue } from "../../lib/storage/storage.js";
import { encodeParameters } from "../../lib/storage/sqlite/connections/value-codec.js";
import {
  createSqliteStoreDialect,
  sqliteStoreDialect as dialect,
} from "../../lib/storage/sqlite/sqlite-store-dialect.js";
import { compiler, openMemoryDatabase, type MemoryDatabase } from "../support/query-fixture.js";

const kinds: readonly ColumnKind[] = ["text", "number", "boolean", "json", "number"];
const columns = kinds.map((_, index) => sql.id(`c${index}`));

let db: MemoryDatabase;
beforeAll(async () => {
  db = await openMemoryDatabase();
  for (const table of ["bound", "packed"]) {
    const defined = kinds.map((kind, index) => sql`${sql.id(`c${index}`)} ${dialect.columnType(kind)}`);
    await db.run(sql`create table ${sql.id(table)} (${sql.join(defined)})`.compile(compiler));
  }
});
afterAll(() => db.close());

/** What differs between a row bound and the same row packed; nothing when they are stored alike. */
async function difference(
  rows: readonly (readonly StoreValue[])[],
  packed: readonly string[],
  { unpackRows }: Pick<StoreDialect, "unpackRows"> = dialect,
): Promise<unknown[]> {
  await db.run(sql`delete from "bound"`.compile(compiler));
  await db.run(sql`delete from "packed"`.compile(compiler));
  for (const row of rows) await db.run(sql`insert into "bound" values (${sql.join(row)})`.compile(compiler));
  const text = dialect.packRows(packed.map((row) => [row]));
  await db.run(sql`insert into "packed" ${unpackRows(kinds, sql`${text}`)}`.compile(compiler));
  const isSame = columns.map(
    (column) =>
      sql`b.${column} is p.${column} and typeof(b.${column}) = typeof(p.${column}) and hex(b.${column}) = hex(p.${column})`,
  );
  const shown = columns.flatMap((column) => [sql`quote(b.${column}) as ${column}`, sql`quote(p.${column})`]);
  const query = sql`select ${sql.join(shown)} from "bound" b full join "packed" p on b.rowid = p.rowid
    where not (${sql.join(isSame, sql` and `)})`;
  return db.run(query.compile(compiler));
}

const isRefused = (value: StoreValue): boolean => {
  try {
    encodeParameters([value]);
    return false;
  } catch {
    return true;
  }
};

/** Numbers of which SQLite 3.52's reader of JSON errs in the last bit. */
const misread = [
  ...[0.002752591653087033, -2598198605.622823, 6708472.162731227, 3.748288099296053, -459707.3393768807],
  ...[-0.000003713747678792007, -27.65346394725543, -3.494138807232263, 3002377.687852673],
];

const edges = [
  ...misread,
  ...[0, -0, 1, -1, 0.1, 0.1 + 0.2, 1 / 3, 4.35, 19.99, 1e-7, 5e-324, -5e-324, 2.2250738585072014e-308],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), 1e15 / 7, 1e16 + 2],
  ...[2 ** 62, 2 ** 62 + 2 ** 10, 2 ** 63 - 1024, 2 ** 63, -(2 ** 63), -(2 ** 63) + 1024, 2 ** 64, 1e19, 1e21, 1e22],
  ...[1e23, Number.MAX_VALUE, -Number.MAX_VALUE, 1.5e300, 123456.789012, 1e9 / 3, 999.9999999999999],
];

const numbers = fc.oneof(
  fc.constantFrom(...edges),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 12 })).map(([digits, point]) => digits / 10 ** point),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(Number),
);

const texts = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "",
    "\0",
    "a\0b",
    "\ud800",
    "\udc00x",
    "\\u0000",
    "\\ud800",
    '"',
    "\\",
    "\u2028",
    "\n",
    "\u007f",
    "'",
    "1",
    "1e5",
  ),
  fc.constantFrom("null", "true", "[1]", '{"a":1}', "\u{1F600}", "e\u0301", "\uffff", "\ufeff", "x".repeat(10_000)),
);

const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 6 });
const rows = fc.tuple(
  nullable(texts),
  nullable(numbers),
  nullable(fc.boolean()),
  nullable(fc.json()),
  nullable(numbers),
);

test.each(["jsonb_each", "json_each"] as const)(
  "every row that can be packed is stored as if it were bound, by %s",
  { timeout: 60_000 },
  async (source) => {
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 40 }), async (generated) => {
        const packed = generated.map((row) => dialect.packValues(kinds, row));
        const kept = generated.filter((_, index) => packed[index] !== undefined);
        // What the codec refuses is never packed: it is to be refused with its reason.
        expect(kept.filter((row) => row.some(isRefused))).toEqual([]);
        if (kept.length === 0) return;
        expect(
          await difference(
            kept,
            packed.filter((row) => row !== undefined),
            createSqliteStoreDialect(source),
          ),
        ).toEqual([]);
      }),
      { numRuns: 400 },
    );
  },
);

test("what apps store every day can be packed", () => {
  fc.assert(
    fc.property(
      fc.tuple(
        nullable(fc.string({ unit: "grapheme" }).filter((text) => !isRefused(text))),
        nullable(fc.maxSafeInteger()),
        nullable(fc.boolean()),
        nullable(fc.json().filter((text) => !isRefused(text))),
        nullable(fc.tuple(fc.integer(), fc.integer({ min: 0, max: 6 })).map(([digits, point]) => digits / 10 ** point)),
      ),
      (row) => {
        expect(dialect.packValues(kinds, row)).toBeTypeOf("string");
      },
    ),
    { numRuns: 2_000 },
  );
});

test.each([
  ["bytes", "text", new Uint8Array([1])],
  ["a number in a text column", "text", 1],
  ["a text in a number column", "number", "1"],
  ["a text in a boolean column", "boolean", "1"],
  ["a boolean in a json column", "json", true],
  ["a double that no fraction of 64-bit numbers gives", "number", 1e-300],
] as const)("%s is not packed", (_, kind, value) => {
  expect(dialect.packValues([kind], [value])).toBeUndefined();
});

test("doubles that go as JSON's own numbers are caught (control)", async () => {
  const found = await difference(
    misread.map((value) => [null, value, null, null, null]),
    misread.map((value) => `null,${value},null,null,null,null,null`),
  );
  expect(found.length).toBeGreaterThan(0);
});
