// collections.update: adds to a collection or loosens it. Pure: logs and runs nothing.
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Result } from "../../base/result.js";
import type { Catalog } from "../catalog.js";
import { ruleNames, type Collection, type CollectionIndex, type CollectionRules, type Field } from "../collection.js";
import { DefinitionProblems } from "../definitions/definition-problems.js";
import { maxFields, maxIndexes, readDefinitionShape, type DefinitionShape } from "../definitions/definition-shape.js";
import { checkRules } from "../definitions/normalise-definition.js";
import { distinctIndexes, normaliseIndex, sameIndex } from "../definitions/normalise-index.js";
import { planFieldChanges, type FieldChanges } from "./plan-field-changes.js";
import { changeableCollection, planned, type SchemaPlan } from "./schema-plan.js";
import { systemFields } from "../system-fields.js";

/**
 * Plans what is added to a collection or loosened in it. Whatever is left out stays: fields, settings
 * of a field, indexes, rules. A setting that is null is removed (`{ name: "title", pattern: null }`).
 * `unchanged` when nothing would differ. A unique index over what is stored is planned: a database whose records
 * clash stays at the version before, in service, until they no longer do.
 *
 * `validation_failed`; `schema_append_only` with the reason; `field_exists` for a deleted field's name;
 * `collection_not_found`; `collection_deleted`; `database_reserved`.
 */
export function planUpdateCollection(catalog: Catalog, name: unknown, input: unknown): Result<SchemaPlan, EngineError> {
  const found = changeableCollection(catalog, name);
  if (found.isErr()) return err(found.error);
  const collection = found.value;
  const read = readDefinitionShape(input, "update");
  if (read.isErr()) return err(read.error);
  const shape = read.value;
  const fixed = checkFixed(collection, shape);
  if (fixed.isErr()) return err(fixed.error);

  const problems = new DefinitionProblems();
  checkRules(shape.rules, problems);
  const fields = planFieldChanges(catalog, collection, shape.fields ?? [], problems);
  if (fields.isErr()) return err(fields.error);
  const indexesAdded = addedIndexes(collection, shape, fields.value, problems);
  checkLimits(collection, fields.value, indexesAdded, problems);
  if (problems.any) return problems.refuse();

  const turnsSoftDeleteOn = shape.softDelete === true && !collection.softDelete;
  const rules = changedRules(collection, shape.rules);
  const { fieldsAdded, fieldsLoosened } = fields.value;
  const additions = fieldsAdded.length + fieldsLoosened.length + indexesAdded.length + Object.keys(rules).length;
  if (additions === 0 && !turnsSoftDeleteOn) return ok({ kind: "unchanged", collection });
  return planned({
    kind: "collection_updated",
    id: collection.id,
    fieldsAdded,
    fieldsLoosened,
    indexesAdded,
    rules,
    ...(turnsSoftDeleteOn ? { softDelete: true as const } : {}),
  });
}

function checkFixed(collection: Collection, shape: DefinitionShape): Result<void, EngineError> {
  const refused = (reason: string) =>
    refuse("schema_append_only", { collection: collection.name }, { message: `The schema is append-only: ${reason}` });
  if (shape.name !== undefined && shape.name !== collection.name) {
    return refused(
      `a collection cannot be renamed, because every database keeps its table under '${collection.name}'.`,
    );
  }
  if (shape.type !== undefined && shape.type !== collection.type) {
    return refused(`the type of '${collection.name}' stays ${collection.type}; make another collection instead.`);
  }
  if (shape.softDelete === false && collection.softDelete) {
    return refused(
      `softDelete of '${collection.name}' cannot be turned off, because deleted records would come back or be lost.`,
    );
  }
  return ok(undefined);
}

function addedIndexes(
  collection: Collection,
  shape: DefinitionShape,
  { fieldsAdded, fieldsLoosened }: FieldChanges,
  problems: DefinitionProblems,
): readonly CollectionIndex[] {
  if (problems.any) return [];
  const all = new Map(collection.fields);
  for (const field of systemFields(collection.type, shape.softDelete ?? collection.softDelete))
    all.set(field.name, field);
  for (const field of [...fieldsAdded, ...fieldsLoosened]) all.set(field.name, asField(field));
  const given = (shape.indexes ?? []).map((index, at) => normaliseIndex(index, all, problems, `indexes.${at}`));
  return distinctIndexes(given).filter((index) => !collection.indexes.some((other) => sameIndex(index, other)));
}

const asField = (field: Omit<Field, "isSystem" | "isDeleted">): Field => ({
  ...field,
  isSystem: false,
  isDeleted: false,
});

function checkLimits(
  collection: Collection,
  { fieldsAdded }: FieldChanges,
  indexesAdded: readonly CollectionIndex[],
  problems: DefinitionProblems,
): void {
  const defined = [...collection.fields.values()].filter((field) => !field.isSystem).length;
  // Deleted fields keep their columns, so they count.
  if (fieldsAdded.length > 0 && defined + collection.deletedFields.size + fieldsAdded.length > maxFields) {
    const message = `A collection has at most ${maxFields} fields of its own, deleted ones included.`;
    problems.add("fields", { code: "max", message });
  }
  if (indexesAdded.length > 0 && collection.indexes.length + indexesAdded.length > maxIndexes) {
    problems.add("indexes", { code: "max", message: `A collection has at most ${maxIndexes} indexes.` });
  }
}

function changedRules(collection: Collection, given: Partial<CollectionRules>): Partial<CollectionRules> {
  const changed = ruleNames.filter((name) => given[name] !== undefined && given[name] !== collection.rules[name]);
  return Object.fromEntries(changed.map((name) => [name, given[name]]));
}
