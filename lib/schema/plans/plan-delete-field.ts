// collections.deleteField: hides a field everywhere and keeps its data. Pure.
import type { EngineError } from "../../base/errors.js";
import { err, refuse, type Result } from "../../base/result.js";
import type { Catalog } from "../catalog.js";
import type { Collection } from "../collection.js";
import { changeableCollection, planned, type SchemaPlan } from "./schema-plan.js";
import { suggestion } from "../definitions/schema-problems.js";

/**
 * Plans the hiding. `validation_failed` when there is no such live field (`unknown_field`) or it is the
 * engine's own (`readonly`); `collection_not_found`; `collection_deleted`; `database_reserved`.
 */
export function planDeleteField(catalog: Catalog, name: unknown, fieldName: unknown): Result<SchemaPlan, EngineError> {
  const found = changeableCollection(catalog, name);
  if (found.isErr()) return err(found.error);
  const collection = found.value;
  const field = typeof fieldName === "string" ? collection.fields.get(fieldName) : undefined;
  if (field === undefined) return refuseUnknownField(collection, fieldName, [...collection.fields.keys()]);
  if (!field.isSystem) return planned({ kind: "field_deleted", id: collection.id, field: field.name });
  const message = `The field '${field.name}' is the engine's own and cannot be deleted.`;
  return refuse("validation_failed", { fields: { [field.name]: { code: "readonly", message } } }, { message });
}

/** `validation_failed` with `unknown_field`. */
export function refuseUnknownField(
  collection: Collection,
  fieldName: unknown,
  known: readonly string[],
): Result<never, EngineError> {
  const shown = typeof fieldName === "string" ? fieldName.slice(0, 100) : typeof fieldName;
  const isDeleted = collection.deletedFields.has(shown);
  const message = isDeleted
    ? `The field '${shown}' of '${collection.name}' is deleted already.`
    : `The collection '${collection.name}' has no field '${shown}'.${suggestion(shown, known)}`;
  return refuse("validation_failed", { fields: { [shown]: { code: "unknown_field", message } } }, { message });
}
