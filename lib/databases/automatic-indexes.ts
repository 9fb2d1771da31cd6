// Which indexes a collection gets of itself: for its relations, and for what its list rules compare. Planned when the schema or
// a rule changes and written into the log's entry, so that what a log makes never depends on how a later engine plans.
import { ruleColumns } from "../access/rule-columns.js";
import type { DatabaseRule } from "../access/rule-book.js";
import type { EngineLimits } from "../base/limits.js";
import type { AutomaticIndexes, Collection, Field } from "../schema/collection.js";
import type { Catalog } from "../schema/catalog.js";
import type { CollectionUpdated } from "../schema/schema-change.js";
import type { SchemaPlan } from "../schema/plans/schema-plan.js";
import { isSingleReference } from "../schema/tables/physical-indexes.js";

/** What automatic indexes follow from, besides the collection. */
export interface IndexSources {
  readonly databaseRules: readonly DatabaseRule[];
  readonly limits: EngineLimits;
}

/**
 * The plan with the automatic indexes that its collection should have: in the entry of a new or changed collection, and as a
 * change of its own where nothing else would differ.
 */
export function withAutomaticIndexes(plan: SchemaPlan, before: Catalog, sources: IndexSources): SchemaPlan {
  if (plan.kind === "exists") return plan;
  if (plan.kind === "unchanged") return indexPlan(plan.collection, sources);
  const { change } = plan;
  if (change.kind !== "collection_created" && change.kind !== "collection_updated") return plan;
  // The version and the time say nothing about indexes.
  const after = before.with({ version: before.version + 1, at: "", change }).withId(change.id);
  const automaticIndexes = after && changedIndexes(after, sources);
  return automaticIndexes ? { kind: "change", change: { ...change, automaticIndexes } } : plan;
}

/** The change that gives a collection its automatic indexes; `unchanged` when it has them, or is the engine's own. */
export function indexPlan(collection: Collection, sources: IndexSources): SchemaPlan {
  const automaticIndexes =
    collection.isSystem || collection.isDeleted ? undefined : changedIndexes(collection, sources);
  if (automaticIndexes === undefined) return { kind: "unchanged", collection };
  const nothingElse = { fieldsAdded: [], fieldsLoosened: [], indexesAdded: [], rules: {} };
  const change: CollectionUpdated = {
    ...{ kind: "collection_updated", id: collection.id },
    ...nothingElse,
    automaticIndexes,
  };
  return { kind: "change", change };
}

/** Those that the collection should have, when they are others than it has. */
function changedIndexes(collection: Collection, sources: IndexSources): AutomaticIndexes | undefined {
  const wanted = wantedIndexes(collection, sources);
  // Without any, and without a relation that would have one of its own, there is nothing to say.
  const isSettled = collection.automaticIndexes === undefined && !fieldsOf(collection).some(isSingleReference);
  if (isSettled && wanted.length === 0) return undefined;
  return JSON.stringify(wanted) === JSON.stringify(collection.automaticIndexes) ? undefined : wanted;
}

/**
 * Each ends in `deleted` and `id`: every list asks for live records and is in the order of their ids unless it says otherwise, so
 * that page and count are read from the index alone.
 */
function wantedIndexes(collection: Collection, { databaseRules, limits }: IndexSources): AutomaticIndexes {
  const fields = fieldsOf(collection);
  // A unique value has an index of the live records, of which at most one has it.
  const unique = new Set([
    ...fields.filter((field) => field.unique).map(({ name }) => name),
    ...collection.indexes.filter((index) => index.unique && index.fields.length === 1).flatMap((index) => index.fields),
  ]);
  const isUnique = (columns: readonly string[]): boolean => columns.length === 1 && unique.has(columns[0] ?? "");
  const relations = fields.filter(isSingleReference).map(({ name }) => [name]);
  const rules = [
    collection.rules.listRule,
    ...databaseRules.filter((rule) => coversLists(rule, collection)).map(({ rule }) => rule),
  ].map((rule) => ruleColumns(rule, collection, limits));
  // Those of rules come last: of two indexes that look alike to SQLite it takes the younger one.
  const wanted = [...relations, ...rules].filter((columns) => columns.length > 0 && !isUnique(columns));
  const distinct = wanted.filter((columns, at) => wanted.findLastIndex((other) => isSame(columns, other)) === at);
  return distinct
    .filter((columns) => !isDeclared(collection, columns))
    .map((columns) => [...columns.filter((name) => name !== "deleted"), "deleted", "id"]);
}

/** Deleted ones too: they may come back, and so may their records. */
const fieldsOf = ({ fields, deletedFields }: Collection): readonly Field[] => [
  ...fields.values(),
  ...deletedFields.values(),
];

const coversLists = ({ collection, operations }: DatabaseRule, { name }: Collection): boolean =>
  collection === name && (operations === null || operations.includes("list"));

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.join() === b.join();

/** Whether a declared index begins with the columns and the id: it answers the same lists in the same order. */
const isDeclared = ({ indexes }: Collection, columns: readonly string[]): boolean =>
  indexes.some(({ fields, unique }) => {
    const begins = fields.filter((name) => name !== "deleted").slice(0, columns.length + 1);
    return !unique && isSame(begins, [...columns, "id"]);
  });
