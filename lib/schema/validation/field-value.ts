// One value against one field: the same checks for defaults and for records.
import type { FieldProblem } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import { compileSchema } from "../definitions/compile-schema.js";
import type { Field, JsonValue } from "../collection.js";
import { fieldTypes } from "../field-types/index.js";
import { placeProblem } from "../definitions/schema-problems.js";

/** Whether a value counts as not set where a value is required: null, '' and []. */
export const isEmptyValue = (value: unknown): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/** What an unset field holds: null, or the empty list. */
export const unsetValue = (field: Field): null | readonly [] => (fieldTypes[field.type].isMultiple(field) ? [] : null);

/** The canonical form of a default value, or why the field would refuse it. Compiles a schema: for definitions only. */
export function canonicalDefault(field: Field, value: JsonValue): Result<JsonValue, FieldProblem> {
  const type = fieldTypes[field.type];
  const validate = compileSchema(type.valueSchema(field));
  if (!validate(value)) {
    const [error] = validate.errors ?? [];
    return err(error === undefined ? { code: "default", message: "This is not valid." } : placeProblem(error).problem);
  }
  return (type.canonicalise?.(value, field) ?? ok(value)) as Result<JsonValue, FieldProblem>;
}
