// collections.undeleteField: brings a hidden field back as it was. Pure.
import type { EngineError } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import type { Catalog } from "../catalog.js";
import { refuseUnknownField } from "./plan-delete-field.js";
import { changeableCollection, planned, type SchemaPlan } from "./schema-plan.js";

/**
 * Plans the return; `unchanged` when the field is live. `validation_failed` with `unknown_field`;
 * `collection_not_found`; `collection_deleted`; `database_reserved`.
 */
export function planUndeleteField(
  catalog: Catalog,
  name: unknown,
  fieldName: unknown,
): Result<SchemaPlan, EngineError> {
  const found = changeableCollection(catalog, name);
  if (found.isErr()) return err(found.error);
  const collection = found.value;
  if (typeof fieldName === "string" && collection.deletedFields.has(fieldName)) {
    return planned({ kind: "field_undeleted", id: collection.id, field: fieldName });
  }
  const isLive = typeof fieldName === "string" && collection.fields.has(fieldName);
  if (isLive) return ok({ kind: "unchanged", collection });
  return refuseUnknownField(collection, fieldName, [...collection.deletedFields.keys()]);
}
