// What may be written into a collection: untrusted data to canonical values. Asks no database: uniqueness and
// existence are for those who write.
import type { EngineError, FieldProblem } from "../../base/errors.js";
import type { ErrorObject, SchemaObject, ValidateFunction } from "../../base/json-schema.js";
import { ok, refuse, type Result } from "../../base/result.js";
import type { Collection, Field } from "../collection.js";
import { compileSchema } from "../definitions/compile-schema.js";
import type { FieldType } from "../field-type.js";
import { fieldTypes } from "../field-types/index.js";
import { isEmptyValue, unsetValue } from "./field-value.js";
import { readRecordData } from "./read-record-data.js";
import { placeProblem } from "../definitions/schema-problems.js";
import { isEngineSet } from "../system-fields.js";

/** Canonical values by field name, in the order of the schema's fields. */
export type RecordValues = ReadonlyMap<string, unknown>;

interface FieldValidator {
  readonly field: Field;
  readonly type: FieldType;
}

interface RecordValidator {
  readonly fields: ReadonlyMap<string, FieldValidator>;
  readonly validate: ValidateFunction;
}

type Problems = Map<string, FieldProblem>;

// A collection object stands for one form of the collection; when the catalog lets it go, so does this.
const validators = new WeakMap<Collection, RecordValidator>();

/**
 * Checks the data of a new record. Gives a value for every field that may be written: the given one in
 * its canonical form, else the default, else null (`[]` for multiple fields). A value that is undefined
 * counts as left out, as in JSON.
 *
 * `validation_failed` names every field that is wrong: `required`, `type`, `min`, `max`, `pattern`,
 * `format`, `options`, `duplicate`, `json`, `text_invalid`, `unknown_field`, `readonly`, `mismatch`.
 */
export function validateCreate(collection: Collection, data: unknown): Result<RecordValues, EngineError> {
  const validator = validatorOf(collection);
  const problems: Problems = new Map();
  const given = readRecordData(collection, data, problems);
  checkValues(validator, given, problems);
  const values = new Map<string, unknown>();
  for (const [name, { field }] of validator.fields) {
    const value = given.has(name) ? given.get(name) : field.default;
    if (field.required && isEmptyValue(value) && !problems.has(name)) problems.set(name, requiredProblem(value));
    values.set(name, value ?? unsetValue(field));
  }
  return problems.size > 0 ? refuseRecord(problems) : ok(values);
}

/**
 * Checks a change of a record. Gives canonical values of the given fields only; null unsets a field that
 * is not required. Codes as in {@link validateCreate}.
 */
export function validateUpdate(collection: Collection, patch: unknown): Result<RecordValues, EngineError> {
  const validator = validatorOf(collection);
  const problems: Problems = new Map();
  const given = readRecordData(collection, patch, problems);
  checkValues(validator, given, problems);
  const values = new Map<string, unknown>();
  for (const [name, { field }] of validator.fields) {
    if (!given.has(name)) continue;
    const value = given.get(name);
    if (field.required && isEmptyValue(value) && !problems.has(name)) problems.set(name, requiredProblem(value));
    values.set(name, value ?? unsetValue(field));
  }
  return problems.size > 0 ? refuseRecord(problems) : ok(values);
}

function validatorOf(collection: Collection): RecordValidator {
  const known = validators.get(collection);
  if (known !== undefined) return known;
  const fields = new Map<string, FieldValidator>();
  const properties: Record<string, SchemaObject> = {};
  for (const field of collection.fields.values()) {
    if (isEngineSet(field)) continue;
    const type = fieldTypes[field.type];
    fields.set(field.name, { field, type });
    properties[field.name] = type.valueSchema(field);
  }
  const made = { fields, validate: compileSchema({ type: "object", properties }) };
  validators.set(collection, made);
  return made;
}

/**
 * Runs the schema over the values that are set, then each type's own checks over those that passed, and puts their
 * canonical forms in their places. Not into a map of its own: many rows are checked for each that is refused, and their
 * maps were a third of what the collector had to do.
 */
function checkValues({ fields, validate }: RecordValidator, given: Map<string, unknown>, problems: Problems): void {
  const set: Record<string, unknown> = {};
  for (const [name, value] of given) {
    // An empty value of a required field is reported as that alone, not as too short or of a wrong format.
    const isMissing = fields.get(name)?.field.required === true && isEmptyValue(value);
    if (value !== null && !isMissing) set[name] = value;
  }
  if (!validate(set)) for (const error of validate.errors ?? []) noteSchemaError(error, problems);
  for (const [name, value] of given) {
    const validator = fields.get(name);
    if (validator === undefined || !Object.hasOwn(set, name) || problems.has(name)) continue;
    const canonical = validator.type.canonicalise?.(value, validator.field);
    if (canonical === undefined) continue;
    // A value that was refused is missing from here on, and the problem says why.
    given.set(name, canonical.unwrapOr(undefined));
    if (canonical.isErr()) problems.set(name, canonical.error);
  }
}

function noteSchemaError(error: ErrorObject, problems: Problems): void {
  const { path, problem } = placeProblem(error);
  const [name = "", ...inner] = path.split(".");
  if (problems.has(name)) return;
  const message = inner.length === 0 ? problem.message : `Entry ${inner.join(".")}: ${problem.message}`;
  problems.set(name, { code: problem.code, message });
}

const requiredProblem = (value: unknown): FieldProblem => ({
  code: "required",
  message: value === null || value === undefined ? "A value is required." : "A value is required; this one is empty.",
});

/** Somebody sends 100,000 wrong keys; the answer names the first ones. */
export const maxReported = 100;

function refuseRecord(problems: Problems): Result<never, EngineError> {
  const reported = [...problems].slice(0, maxReported);
  const [first] = reported;
  const more = problems.size > 1 ? ` (and ${problems.size - 1} more; see details.fields)` : "";
  const message = first === undefined ? {} : { message: `${first[0]}: ${first[1].message}${more}` };
  return refuse("validation_failed", { fields: Object.fromEntries(reported) }, message);
}
