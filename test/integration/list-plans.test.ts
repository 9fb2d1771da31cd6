// How the store answers the usual lists: it finds the rows by an index that also has their order. Asked of SQLite itself, of
// each statement that the calls run.
import type { CompiledQuery } from "kysely";
import { describe, expect, it } from "vitest";
import { policyOf } from "../../lib/access/access-policy.js";
import type { DatabaseRule, RuleBook } from "../../lib/access/rule-book.js";
import type { Outcome } from "../../lib/base/result.js";
import { countRecords } from "../../lib/records/count-records.js";
import { createManyRecords } from "../../lib/records/create-many-records.js";
import { createRecord } from "../../lib/records/create-record.js";
import { listRecords } from "../../lib/records/list-records.js";
import type { ListOptions } from "../../lib/records/pages/list-plan.js";
import type { RecordContext } from "../../lib/records/record-context.js";
import type { CollectionDefinition } from "../../lib/schema/collection.js";
import type { PlanStep } from "../../lib/storage/store-dialect.js";
import type { StoreExecutor } from "../../lib/storage/storage.js";
import { openRecordStore } from "../support/record-store.js";
import { valueOf } from "../support/unwrap.js";

const people: CollectionDefinition = { name: "people" };
const posts: CollectionDefinition = {
  name: "posts",
  fields: [
    { name: "title", type: "text" },
    { name: "owner", type: "text" },
    { name: "team", type: "text" },
    { name: "author", type: "relation", collection: "people" },
    { name: "readers", type: "relation", collection: "people", multiple: true },
    { name: "place", type: "number" },
  ],
};
const ownerRule = "@request.auth.id != '' && owner = @request.auth.id";

interface Asked {
  readonly context: RecordContext;
  /** The plans of the statements that have run, whatever table they read. */
  readonly plans: PlanStep[][];
}

/** The records as a user sees them who owns half of them, with an eye on every statement. */
async function openPosts(change: Partial<CollectionDefinition>, automaticIndexes = true): Promise<Asked> {
  const { context } = await openRecordStore([people, { ...posts, ...change }], { automaticIndexes });
  const id = String(valueOf(await createRecord(context, "people", {}))["id"]);
  // Enough for two pages and more; the plans do not depend on what is stored, because nothing gathers statistics.
  const rows = Array.from({ length: 60 }, (_, at) => ({
    title: `Post ${at % 7}`,
    owner: at % 2 ? id : "ben",
    author: at % 2 ? id : null,
    readers: at % 2 ? [id] : [],
    team: "team 1",
    place: at % 5,
  }));
  valueOf(await createManyRecords(context, "posts", rows));
  const plans: PlanStep[][] = [];
  const { dialect } = context.services;
  const watched = (db: StoreExecutor): StoreExecutor =>
    new Proxy(db, {
      get(target, name) {
        if (name !== "executeQuery") return Reflect.get(target, name) as unknown;
        return async (query: CompiledQuery) => {
          plans.push([...dialect.readPlan((await target.executeQuery(dialect.planOf(query))).rows)]);
          return target.executeQuery(query);
        };
      },
    });
  const rules: RuleBook = {
    version: "1",
    databaseRules: [] satisfies DatabaseRule[],
    rulesOf: (id) => context.catalog.withId(id)?.rules,
    isHidden: () => false,
  };
  const principal = {
    ...({ kind: "user", collection: "users", databaseName: "one" } as const),
    databaseId: context.databaseId,
    record: { id, team: "team 1" },
  };
  const policy = policyOf({ principal, databaseId: context.databaseId, databaseName: "one", rules });
  const read = <T>(work: (db: StoreExecutor) => Outcome<T>) => context.read((db) => work(watched(db)));
  const readShared = <T>(key: string, work: (db: StoreExecutor) => Outcome<T>) =>
    context.readShared(key, (db) => work(watched(db)));
  return { context: { ...context, policy, read, readShared }, plans };
}

interface Costs {
  readonly scans: boolean;
  readonly sorts: boolean;
}

const costsOf = (plans: readonly (readonly PlanStep[])[]): Costs => ({
  scans: plans.flat().some(({ scans }) => scans === "posts"),
  // Not only those that `sorts` counts: the id at the end of a sort may be put in order aside, here nothing may.
  sorts: plans.flat().some(({ detail }) => detail.includes("TEMP B-TREE")),
});

const free: Costs = { scans: false, sorts: false };

/** Two pages by cursor. */
async function walk(context: RecordContext, options: ListOptions): Promise<void> {
  const { nextCursor } = valueOf(await listRecords(context, "posts", 1, 5, { ...options, cursor: "" }));
  const next = valueOf(await listRecords(context, "posts", 1, 5, { ...options, cursor: nextCursor ?? "" }));
  expect(next.items).toHaveLength(5);
}

type Call = readonly [what: string, run: (context: RecordContext) => Promise<unknown>];
const filtered: ListOptions = { filter: ["title = {:t} || place > 1", { t: "Post 3" }] };
const calls: readonly Call[] = [
  ["a page with totals", async (context) => valueOf(await listRecords(context, "posts", 1, 20))],
  [
    "a page without totals",
    async (context) => valueOf(await listRecords(context, "posts", 1, 20, { skipTotal: true })),
  ],
  ["a later page", async (context) => valueOf(await listRecords(context, "posts", 3, 5))],
  ["a page of a filter", async (context) => valueOf(await listRecords(context, "posts", 1, 5, filtered))],
  ["the order of making, said", async (context) => valueOf(await listRecords(context, "posts", 1, 5, { sort: "id" }))],
  ["the newest first", async (context) => valueOf(await listRecords(context, "posts", 1, 5, { sort: "-id" }))],
  ["pages by cursor", (context) => walk(context, {})],
  ["pages by cursor, the newest first", (context) => walk(context, { sort: "-id", skipTotal: true })],
  ["pages of a filter by cursor", (context) => walk(context, { filter: "place != 9" })],
  ["a count", async (context) => valueOf(await countRecords(context, "posts", ""))],
  ["a count of a filter", async (context) => valueOf(await countRecords(context, "posts", "place > 1"))],
];

const settings: readonly (readonly [string, Partial<CollectionDefinition>])[] = [
  ["a text field", { listRule: ownerRule }],
  ["a text field, with softDelete", { listRule: ownerRule, softDelete: true }],
  ["a relation", { listRule: "author = @request.auth.id" }],
  ["two fields", { listRule: `team = @request.auth.team && (${ownerRule}) && place >= 0` }],
  ["a literal", { listRule: "team = 'team 1' && (place > 1 || owner != '')" }],
  ["a field with an index of the app's own", { listRule: ownerRule, indexes: [{ fields: ["owner", "id"] }] }],
];

describe.each(settings)("lists under a rule over %s", (_, change) => {
  it("are searched, never scanned or sorted", async () => {
    const { context, plans } = await openPosts(change);
    for (const [what, run] of calls) {
      plans.length = 0;
      await run(context);
      expect(plans.length, what).toBeGreaterThan(0);
      expect({ ...costsOf(plans), plan: plans.flat().map(({ detail }) => detail) }, what).toMatchObject(free);
    }
  });

  it("select the same records as without automatic indexes", async () => {
    const [fast, plain] = [await openPosts(change), await openPosts(change, false)];
    for (const options of [{}, filtered, { sort: "-id" }, { sort: "title,-place" }]) {
      const [a, b] = await Promise.all([fast, plain].map(({ context }) => titles(context, options)));
      expect(a?.length).toBeGreaterThan(0);
      expect(a).toEqual(b);
    }
  });
});

const titles = async (context: RecordContext, options: ListOptions): Promise<readonly unknown[]> =>
  valueOf(await listRecords(context, "posts", 1, 100, options)).items.map(({ title, place }) => [title, place]);

// What the tests above refuse can be seen: else they would pass over anything.
describe("without the index of its own", () => {
  it.each([
    ["a text field", { listRule: ownerRule }, { scans: true }],
    // The index that relations had before is of the ids alone, so that the page is sorted.
    ["a relation", { listRule: "author = @request.auth.id" }, { sorts: true }],
  ] as const)("a list under a rule over %s is scanned or sorted", async (_, change, costs) => {
    const { context, plans } = await openPosts(change, false);
    valueOf(await listRecords(context, "posts", 1, 20));
    expect(costsOf(plans)).toMatchObject(costs);
  });

  it.each([
    ["a list of ids", "readers ?= @request.auth.id"],
    ["a field of another record", "author.id = @request.auth.id"],
    ["either of two", "owner = @request.auth.id || place > 1"],
  ])("a list under a rule over %s is scanned", async (_, listRule) => {
    const { context, plans } = await openPosts({ listRule });
    valueOf(await listRecords(context, "posts", 1, 20));
    expect(costsOf(plans).scans).toBe(true);
  });
});

it("an index over owner and created gives the newest first, and the id at the end costs no sort of all", async () => {
  const sorted = async (change: Partial<CollectionDefinition>): Promise<boolean> => {
    const { context, plans } = await openPosts({ listRule: ownerRule, ...change });
    valueOf(await listRecords(context, "posts", 1, 20, { sort: "-created" }));
    return plans.flat().some(({ sorts }) => sorts);
  };
  expect(await sorted({})).toBe(true);
  expect(await sorted({ indexes: [{ fields: ["owner", "created"] }] })).toBe(false);
});
