// Any sequence of planned changes folds to the same catalog step by step and from scratch; what was accepted once is
// equal when it is read and sent again; no input makes a plan throw.
import fc from "fast-check";
import { expect, it } from "vitest";
import { compileUpgrade } from "../../lib/databases/compile-upgrade.js";
import { Catalog } from "../../lib/schema/catalog.js";
import { standsIn } from "../../lib/schema/database-scope.js";
import { describeCollection } from "../../lib/schema/definitions/describe-collection.js";
import { planCreateCollection } from "../../lib/schema/plans/plan-create-collection.js";
import { planDeleteCollection } from "../../lib/schema/plans/plan-delete-collection.js";
import { planDeleteField } from "../../lib/schema/plans/plan-delete-field.js";
import { planUndeleteCollection } from "../../lib/schema/plans/plan-undelete-collection.js";
import { planUndeleteField } from "../../lib/schema/plans/plan-undelete-field.js";
import { planUpdateCollection } from "../../lib/schema/plans/plan-update-collection.js";
import { physicalIndexes } from "../../lib/schema/tables/physical-indexes.js";
import { validateCreate, validateUpdate } from "../../lib/schema/validation/record-validator.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { SchemaDraft } from "../support/schema.js";

// Builds statements; its directory is never opened.
const tools = createSqliteStorage({ dataDir: "unused", durability: "normal" });

const collectionName = fc.constantFrom("posts", "users", "tags");
const fieldName = fc.constantFrom("a", "b", "c", "d", "e");
const setting = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const common = {
  name: fieldName,
  required: setting(fc.boolean()),
  unique: setting(fc.boolean()),
  hidden: setting(fc.boolean()),
};
const options = fc.uniqueArray(fc.constantFrom("x", "y", "z", "it's"), { minLength: 1 });
const field = fc.oneof(
  // Most are simple, so that most sequences go somewhere.
  {
    weight: 12,
    arbitrary: fc.record({
      name: fieldName,
      type: fc.constantFrom("text", "number", "bool", "json"),
      hidden: setting(fc.boolean()),
    }),
  },
  fc.record({
    ...common,
    type: fc.constant("text"),
    min: setting(fc.nat(3)),
    max: setting(fc.integer({ min: 3, max: 9 })),
    default: setting(fc.string({ maxLength: 4 })),
  }),
  fc.record({
    ...common,
    type: fc.constant("number"),
    min: setting(fc.integer()),
    integer: setting(fc.boolean()),
    default: setting(fc.double()),
  }),
  fc.record({
    ...common,
    type: fc.constant("select"),
    options,
    multiple: setting(fc.boolean()),
    default: setting(fc.oneof(options, fc.constant("x"))),
  }),
  fc.record({
    ...common,
    type: fc.constantFrom("bool", "json", "date", "datetime", "email", "url", "editor"),
    default: setting(fc.jsonValue({ maxDepth: 1 })),
  }),
  fc.record({ ...common, type: fc.constant("relation"), collection: collectionName, multiple: setting(fc.boolean()) }),
);
const body = {
  fields: setting(fc.uniqueArray(field, { maxLength: 4, selector: ({ name }) => name })),
  indexes: rarely(
    fc.array(fc.record({ fields: fc.uniqueArray(fieldName, { minLength: 1, maxLength: 2 }), unique: fc.boolean() }), {
      maxLength: 2,
    }),
  ),
  softDelete: setting(fc.boolean()),
  listRule: setting(fc.constantFrom(null, "", "a = 1", "b = @request.auth.id && a = @request.auth.x")),
};
const definition = fc.record({ name: collectionName, type: setting(fc.constantFrom("base", "auth")), ...body });

const step = fc.oneof(
  definition.map((input) => (draft: SchemaDraft) => planCreateCollection(draft.catalog, input, draft)),
  fc.tuple(collectionName, fc.record(body)).map(
    ([name, input]) =>
      (draft: SchemaDraft) =>
        planUpdateCollection(draft.catalog, name, input),
  ),
  collectionName.map((name) => (draft: SchemaDraft) => planDeleteCollection(draft.catalog, name)),
  collectionName.map((name) => (draft: SchemaDraft) => planUndeleteCollection(draft.catalog, name)),
  fc.tuple(collectionName, fieldName).map(
    ([name, f]) =>
      (draft: SchemaDraft) =>
        planDeleteField(draft.catalog, name, f),
  ),
  fc.tuple(collectionName, fieldName).map(
    ([name, f]) =>
      (draft: SchemaDraft) =>
        planUndeleteField(draft.catalog, name, f),
  ),
);

it("a log folds to the same catalog at once and step by step", () => {
  let changes = 0;
  const simple = ["a", "b", "c"].map((name) => ({ name, type: "text" }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 40 }), (steps) => {
      const draft = new SchemaDraft();
      for (const name of ["posts", "tags"]) draft.create({ name, fields: simple });
      const own = draft.entries.length;
      for (const plan of steps) {
        const planned = plan(draft);
        if (planned.isOk()) draft.follow(planned);
      }
      changes += draft.entries.length - own;
      const stored = JSON.parse(JSON.stringify(draft.entries)) as typeof draft.entries;
      const folded = Catalog.fold(stored);
      expect(folded.version).toBe(draft.catalog.version);
      expect([...folded.collections]).toEqual([...draft.catalog.collections]);
      for (const { id } of folded.collections.values()) expect(folded.statesOf(id)).toEqual(draft.catalog.statesOf(id));
      // A database that was there all along has the indexes of one that is made now, the automatic ones among them.
      const grown = new Set<string>();
      for (const statement of compileUpgrade(tools, Catalog.empty, stored, "tenants")) {
        const [, verb, name = ""] = /^(create|drop) (?:unique )?index "([^"]+)"/.exec(statement) ?? [];
        if (verb === "create") expect(grown.has(name)).toBe(false);
        if (verb === "create") grown.add(name);
        if (verb === "drop") expect(grown.delete(name)).toBe(true);
      }
      const wanted = [...folded.collections.values()].filter((each) => standsIn(each, "tenants"));
      expect(grown).toEqual(new Set(wanted.flatMap((each) => [...physicalIndexes(each).keys()])));
    }),
    { numRuns: 200 },
  );
  // Without this, a generator whose every step is refused would prove nothing.
  expect(changes).toBeGreaterThan(200 * 3);
});

it("what is accepted is equal when it is sent again, as it was and as it is read", () => {
  let accepted = 0;
  fc.assert(
    fc.property(definition, (input) => {
      const draft = new SchemaDraft();
      draft.create({ name: "tags" });
      const planned = planCreateCollection(draft.catalog, input, draft);
      if (planned.isErr() || planned.value.kind !== "change") return;
      accepted += 1;
      draft.follow(planned);
      const collection = draft.get(input.name);
      const exists = { kind: "exists", collection };
      expect(draft.follow(planCreateCollection(draft.catalog, input, draft))).toEqual(exists);
      const described = describeCollection(collection);
      expect(draft.follow(planCreateCollection(draft.catalog, described, draft))).toEqual(exists);
      expect(draft.follow(planUpdateCollection(draft.catalog, input.name, described)).kind).toBe("unchanged");
    }),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(50);
});

it("no input makes a plan or a validator throw", () => {
  const draft = new SchemaDraft();
  const posts = draft.create({
    name: "posts",
    fields: [
      { name: "a", type: "text" },
      { name: "b", type: "json" },
      { name: "c", type: "select", options: ["x"], multiple: true },
    ],
  });
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSparseArray: true,
    withNullPrototype: true,
    withObjectString: true,
  });
  const nearly = fc.oneof(
    anything,
    fc.dictionary(fc.constantFrom("name", "fields", "schema", "indexes", "a", "b", "c", "__proto__"), anything),
  );
  const before = draft.catalog.version;
  fc.assert(
    fc.property(nearly, anything, (input, name) => {
      planCreateCollection(draft.catalog, input, draft);
      for (const target of [name, "posts"]) {
        planUpdateCollection(draft.catalog, target, input);
        planDeleteField(draft.catalog, target, name);
        planUndeleteField(draft.catalog, target, name);
        planDeleteCollection(draft.catalog, target);
        planUndeleteCollection(draft.catalog, target);
      }
      validateCreate(posts, input);
      validateUpdate(posts, input);
      expect(draft.catalog.version).toBe(before);
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
