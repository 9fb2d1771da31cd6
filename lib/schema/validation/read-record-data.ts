// The first look at a record's data: plain data, known names, nothing that only the engine sets. Reads each property once.
import type { FieldProblem } from "../../base/errors.js";
import type { Collection, Field } from "../collection.js";
import { fieldTypes } from "../field-types/index.js";
import { isPlainObject } from "../definitions/plain-object.js";
import { suggestion } from "../definitions/schema-problems.js";
import { isEngineSet } from "../system-fields.js";

// What records carry beside the live fields when they are read. Sent back, they get the reason and not "unknown".
const readOnlyNames: ReadonlySet<string> = new Set(["deleted", "collectionId", "collectionName", "expand"]);
// As long as the longest list that a field type takes. Each bad element would be a problem of its own in memory.
const maxListLength = 10_000;
const confirmation = "passwordConfirm";
// Names come from outside; a message shows the beginning.
const maxShownName = 100;
// A suggestion compares the name with every field; a body of thousands of wrong names would take seconds.
const maxSuggestions = 20;

/**
 * The given values by field name, those that are undefined left out. What is wrong goes to `problems`:
 * `type` under the key `data` when it is no plain object, `unknown_field`, `readonly`, `mismatch`.
 */
export function readRecordData(
  collection: Collection,
  data: unknown,
  problems: Map<string, FieldProblem>,
): Map<string, unknown> {
  const given = new Map<string, unknown>();
  try {
    if (isPlainObject(data)) readProperties(collection, data, given, problems);
    else problems.set("data", { code: "type", message: "A record's data must be a plain object: { field: value }." });
  } catch {
    problems.set("data", { code: "type", message: "The data cannot be read: a getter or a proxy in it throws." });
  }
  return given;
}

function readProperties(
  collection: Collection,
  data: Readonly<Record<string, unknown>>,
  given: Map<string, unknown>,
  problems: Map<string, FieldProblem>,
): void {
  let confirmed: unknown;
  for (const key of Reflect.ownKeys(data)) {
    const name = String(key);
    const field = typeof key === "string" ? collection.fields.get(key) : undefined;
    if (field !== undefined && !isEngineSet(field)) {
      readValue(field, data[field.name], given, problems);
    } else if (field !== undefined || readOnlyNames.has(name)) {
      problems.set(name, { code: "readonly", message: `${name} is set by the engine; leave it out.` });
    } else if (key === confirmation && collection.type === "auth") {
      confirmed = data[confirmation];
    } else {
      problems.set(name.slice(0, maxShownName), unknownField(collection, name, problems.size < maxSuggestions));
    }
  }
  if (confirmed !== undefined && confirmed !== given.get("password")) {
    problems.set(confirmation, { code: "mismatch", message: "passwordConfirm must equal password." });
  }
}

function readValue(
  field: Field,
  value: unknown,
  given: Map<string, unknown>,
  problems: Map<string, FieldProblem>,
): void {
  const type = fieldTypes[field.type];
  if (value === undefined) return;
  if (!Array.isArray(value) || !type.isMultiple(field)) {
    given.set(field.name, type.fromHost?.(value) ?? value);
  } else if (value.length > maxListLength) {
    problems.set(field.name, { code: "max", message: `This must have at most ${maxListLength} entries.` });
  } else {
    given.set(field.name, Array.from(value as readonly unknown[]));
  }
}

function unknownField(collection: Collection, name: string, suggests: boolean): FieldProblem {
  const known = suggests ? [...collection.fields.keys()] : [];
  const shown = name.slice(0, maxShownName);
  const isDeleted = collection.deletedFields.has(name);
  return {
    code: "unknown_field",
    message: isDeleted
      ? `The field '${shown}' of '${collection.name}' is deleted.`
      : `The collection '${collection.name}' has no field '${shown}'.${suggestion(name, known)}`,
  };
}
