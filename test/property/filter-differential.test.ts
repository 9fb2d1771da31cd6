// The language against a plain evaluator: no difference, no SQL error, no byte of an expression in SQL.
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bindParameters } from "../../lib/query/values/bind-parameters.js";
import { compileExpression } from "../../lib/query/compiler/compile-expression.js";
import { parseExpression } from "../../lib/query/language/parse-expression.js";
import { sqliteStoreDialect as dialect } from "../../lib/storage/sqlite/sqlite-store-dialect.js";
import {
  collections,
  compiler,
  openMemoryDatabase,
  resolverOf,
  type MemoryDatabase,
} from "../support/query-fixture.js";
import { valueOf } from "../support/unwrap.js";
import { expressions, type Generated } from "./filter-expressions.js";
import { now, people, posts, teams } from "./filter-samples.js";

const batches = 220;
const batchSize = 25;

let db: MemoryDatabase;

beforeAll(async () => {
  db = await openMemoryDatabase();
  await db.insert("teams", teams);
  await db.insert("people", people);
  await db.insert("posts", posts);
});

afterAll(() => db.close());

const names = new Set([
  ...Object.values(collections).flatMap(({ name, fields }) => [name, ...fields.keys()]),
  ...["value", "type", "answer", "answers", "row"],
]);
const words =
  "select case when then else end max min count from json_each as is not null and or in true false like escape lower instr coalesce join cross on where exists json_type json_extract json_array_length typeof order by";
const vocabulary = new Set(words.split(" "));
const texts = new Set(["''", "'null'", "'array'", "'object'", "'text'", "'\\'"]);

/** What stands in the SQL and does not come from the engine or the schema. */
function foreignParts(text: string): readonly string[] {
  const parts = text.match(/"[^"]*"|'[^']*'|[\w.]+|[^\s\w]/g) ?? [];
  return parts.filter((part) => {
    if (part.startsWith('"')) return !names.has(part.slice(1, -1)) && !/^"(hop|e) \d+"$/.test(part);
    if (part.startsWith("'")) return !texts.has(part);
    return /^\w/.test(part) ? !vocabulary.has(part) && !/^(0|1|1\.0)$/.test(part) : !/[?(),=<>+*/.]/.test(part);
  });
}

async function answers(batch: readonly Generated[]): Promise<Record<string, unknown>[]> {
  const parameters = Object.assign({}, ...batch.map((each) => each.parameters)) as Record<string, unknown>;
  const columns = batch.map(({ text }, index) => {
    const tree = valueOf(parseExpression(text));
    const predicate = valueOf(compileExpression(tree, { text, resolver: resolverOf("posts"), dialect, parameters }));
    return sql`(${predicate}) as ${sql.id(`e ${index}`)}`;
  });
  const query = sql<Record<string, unknown>>`select ${sql.join(columns)} from "posts" order by "posts"."id"`;
  const bound = valueOf(bindParameters(query.compile(compiler), { parameters, now }));
  expect(foreignParts(bound.sql)).toEqual([]);
  return db.run(bound);
}

const inOrder = [...posts].sort((left, right) => (left.id < right.id ? -1 : 1));

test("5,500 generated expressions give what a plain evaluator gives", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(expressions, { minLength: batchSize, maxLength: batchSize }), async (batch) => {
      const rows = await answers(batch);
      const differences = batch.flatMap(({ text, parameters, of }, index) =>
        inOrder.flatMap((post, row) => {
          const found = rows[row]?.[`e ${index}`];
          const expected = of(post);
          const isSame = expected === null ? found === null : found === Number(expected);
          return isSame ? [] : [{ text, parameters, post, found, expected }];
        }),
      );
      expect(differences.slice(0, 2)).toEqual([]);
    }),
    { numRuns: batches },
  );
}, 120_000);

test("the check of the SQL's words finds a foreign one", () => {
  expect(foreignParts(`select "posts"."title" = 'Zqalpha' or "secret" = 7770017 ; --`)).toEqual([
    "'Zqalpha'",
    '"secret"',
    "7770017",
    ";",
    "-",
    "-",
  ]);
});
