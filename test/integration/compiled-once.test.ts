// Rules and filters become SQL once, and each statement is put together once: calls that are alike, of whichever user and with
// whichever values, compile nothing more.
import { SqliteQueryCompiler } from "kysely";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { policyOf, trustedPolicy, type AccessPolicy } from "../../lib/access/access-policy.js";
import type { RuleBook } from "../../lib/access/rule-book.js";
import { ok, type Outcome } from "../../lib/base/result.js";
import { countRecords } from "../../lib/records/count-records.js";
import { createManyRecords } from "../../lib/records/create-many-records.js";
import { createRecord } from "../../lib/records/create-record.js";
import { deleteRecord, purgeRecord } from "../../lib/records/delete-record.js";
import { getRecord } from "../../lib/records/get-record.js";
import { listRecords } from "../../lib/records/list-records.js";
import type { PlainRecord } from "../../lib/records/rows/plain-record.js";
import type { RecordContext } from "../../lib/records/record-context.js";
import { undeleteRecord } from "../../lib/records/undelete-record.js";
import { updateRecord } from "../../lib/records/update-record.js";
import type { CollectionDefinition } from "../../lib/schema/collection.js";
import { keyedReaderOf } from "../../lib/storage/keyed-query.js";
import { inSavepoint } from "../../lib/storage/savepoint.js";
import type { StoreExecutor } from "../../lib/storage/storage.js";
import { openRecordStore } from "../support/record-store.js";
import { valueOf } from "../support/unwrap.js";

const rule = "owner = @request.auth.id";
const people: CollectionDefinition = { name: "people", viewRule: "id != ''", listRule: "" };
const posts: CollectionDefinition = {
  name: "posts",
  softDelete: true,
  fields: [
    { name: "title", type: "text" },
    { name: "owner", type: "relation", collection: "people" },
    { name: "readers", type: "relation", collection: "people", multiple: true },
    { name: "parent", type: "relation", collection: "posts" },
  ],
  ...{ listRule: rule, viewRule: rule, createRule: rule, updateRule: rule, deleteRule: rule },
};
const notes: CollectionDefinition = {
  name: "notes",
  fields: [
    { name: "post", type: "relation", collection: "posts", cascadeDelete: true },
    { name: "posts", type: "relation", collection: "posts", multiple: true },
  ],
};

/** How often statements were compiled, and how often rules were put into SQL. */
interface Work {
  statements: number;
  rules: number;
}

async function openPosts() {
  const { context } = await openRecordStore([people, posts, notes]);
  const work: Work = { statements: 0, rules: 0 };
  const compile = vi.spyOn(SqliteQueryCompiler.prototype, "compileQuery");
  onTestFinished(() => compile.mockRestore());
  const counting = (policy: AccessPolicy): AccessPolicy =>
    new Proxy(policy, {
      get(target, name) {
        if (name === "predicate") work.rules += 1;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  const rules: RuleBook = {
    ...{ version: "1", databaseRules: [], isHidden: () => false },
    rulesOf: (id) => context.catalog.withId(id)?.rules,
  };
  const as = async (): Promise<RecordContext & { readonly me: string }> => {
    const me = String(valueOf(await createRecord(context, "people", {}))["id"]);
    const { databaseId } = context;
    const principal = {
      kind: "user",
      collection: "people",
      databaseName: "one",
      databaseId,
      record: { id: me },
    } as const;
    return { ...context, me, policy: counting(policyOf({ principal, databaseId, databaseName: "one", rules })) };
  };
  const trusted: RecordContext = { ...context, policy: counting(trustedPolicy) };
  const take = (): Work => {
    const taken = { statements: compile.mock.calls.length, rules: work.rules };
    compile.mockClear();
    work.rules = 0;
    return taken;
  };
  return { as, trusted, take };
}

const expand = { expand: ["owner", "readers", "parent"] };
const idOf = (record: PlainRecord): string => String(record["id"]);

/** One of everything, as somebody who owns what he makes. */
async function callsOf(
  me: RecordContext & { readonly me: string },
  trusted: RecordContext,
  word: string,
): Promise<void> {
  const mine = { owner: me.me, readers: [me.me] };
  const first = idOf(valueOf(await createRecord(me, "posts", { title: word, ...mine }, expand)));
  const second = idOf(valueOf(await createRecord(me, "posts", { title: word, ...mine, parent: first })));
  valueOf(
    await createManyRecords(
      me,
      "posts",
      Array.from({ length: 3 }, () => ({ title: word, ...mine })),
    ),
  );
  valueOf(await createRecord(trusted, "notes", { post: first, posts: [first, second] }));
  valueOf(await getRecord(me, "posts", second, expand));
  valueOf(await listRecords(me, "posts", 1, 3, { filter: ["title = {:word}", { word }], sort: "-title", ...expand }));
  valueOf(await countRecords(me, "posts", ""));
  expect(valueOf(await updateRecord(me, "posts", second, { title: `${word}!` }, expand))["title"]).toBe(`${word}!`);
  expect((await updateRecord(me, "posts", second, { owner: idOf(await stranger(trusted)) })).isErr()).toBe(true);
  expect((await updateRecord(me, "posts", second, { parent: "nobody" })).isErr()).toBe(true);
  valueOf(await deleteRecord(me, "posts", second));
  expect((await getRecord(me, "posts", second)).isErr()).toBe(true);
  expect(idOf(valueOf(await undeleteRecord(trusted, "posts", second, expand)))).toBe(second);
  valueOf(await deleteRecord(me, "posts", first));
  valueOf(await purgeRecord(trusted, "posts", first));
  expect(valueOf(await getRecord(trusted, "posts", second))["parent"]).toBe(null);
}

const stranger = async (trusted: RecordContext): Promise<PlainRecord> =>
  valueOf(await createRecord(trusted, "people", {}));

describe("what calls compile", () => {
  it("is compiled by the first of them, and by none that are alike", async () => {
    const { as, trusted, take } = await openPosts();
    const [one, other] = [await as(), await as()];
    take();
    await callsOf(one, trusted, "one");
    const first = take();
    // What is counted below is seen here.
    expect(first.statements).toBeGreaterThan(20);
    expect(first.rules).toBeGreaterThan(5);
    await callsOf(one, trusted, "two");
    expect(take()).toEqual({ statements: 0, rules: 0 });
    await callsOf(other, trusted, "three");
    expect(take()).toEqual({ statements: 0, rules: 0 });
    const inTransaction = valueOf(
      await one.write(async (db) => {
        const within = <T>(work: (db: StoreExecutor) => Outcome<T>): Outcome<T> => inSavepoint(db, work);
        const calls = {
          read: (work) => work(db),
          write: within,
          readByKey: keyedReaderOf(db),
        } satisfies Partial<RecordContext>;
        const readShared: RecordContext["readShared"] = (_, work) => work(db);
        const [me, all] = [
          { ...one, ...calls, readShared },
          { ...trusted, ...calls, readShared },
        ];
        // The first time, creates of trusted code go the way of those that share their transaction.
        await callsOf(me, all, "four");
        expect(take().statements).toBeLessThan(5);
        await callsOf(me, all, "five");
        return ok(take());
      }),
    );
    expect(inTransaction).toEqual({ statements: 0, rules: 0 });
  });
});
