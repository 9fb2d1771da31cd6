// The field part of collections.update: which listed fields are new, which get looser, and which are refused.
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Result } from "../../base/result.js";
import type { Catalog } from "../catalog.js";
import type { Collection, Field } from "../collection.js";
import type { DefinitionProblems } from "../definitions/definition-problems.js";
import { describeField } from "../definitions/describe-field.js";
import { fieldTypes } from "../field-types/index.js";
import { checkListedSystemField, meansSystemField } from "../definitions/listed-system-field.js";
import { fieldNameProblem } from "../definitions/name-rules.js";
import { normaliseField, type RawObject } from "../definitions/normalise-field.js";
import { sameJson } from "../definitions/same-json.js";
import type { StoredField } from "../schema-change.js";

/** What an update does to fields. */
export interface FieldChanges {
  readonly fieldsAdded: readonly StoredField[];
  readonly fieldsLoosened: readonly StoredField[];
}

type Kind = keyof FieldChanges;

/**
 * Sorts the listed fields. What is wrong with a definition goes to `problems`; what the append-only
 * schema or an existing field forbids is the Err: `schema_append_only`, `field_exists`.
 */
export function planFieldChanges(
  catalog: Catalog,
  collection: Collection,
  listed: readonly RawObject[],
  problems: DefinitionProblems,
): Result<FieldChanges, EngineError> {
  const changes: Record<Kind, StoredField[]> = { fieldsAdded: [], fieldsLoosened: [] };
  const seen = new Set<string>();
  const isLiveCollection = (target: string): boolean => catalog.live(target, "tenants") !== undefined;
  for (const [at, raw] of listed.entries()) {
    const path = `fields.${at}`;
    const name = raw["name"];
    if (typeof name !== "string") {
      problems.add(`${path}.name`, { code: "required", message: "A field needs a name, which must be a text." });
      continue;
    }
    if (seen.has(name.toLowerCase())) {
      problems.add(`${path}.name`, { code: "duplicate", message: `The field '${name}' is listed twice.` });
      continue;
    }
    seen.add(name.toLowerCase());
    const existing = collection.fields.get(name);
    if (existing?.isSystem === true && meansSystemField(raw, existing, collection.type)) {
      checkListedSystemField(raw, existing, problems, path);
      continue;
    }
    const around = { problems, path, isLiveCollection };
    const change =
      existing === undefined || existing.isSystem
        ? addedField(collection, name, raw, around)
        : loosenedField(collection, existing, raw, around);
    if (change.isErr()) return err(change.error);
    if (change.value !== undefined)
      changes[existing === undefined ? "fieldsAdded" : "fieldsLoosened"].push(change.value);
  }
  return ok(changes);
}

type Change = Result<StoredField | undefined, EngineError>;
type Surroundings = Parameters<typeof normaliseField>[1];

function addedField(collection: Collection, name: string, raw: RawObject, around: Surroundings): Change {
  const taken = fieldIgnoringCase(collection, name);
  if (taken !== undefined) return refuseTaken(collection, taken);
  const nameProblem = fieldNameProblem(name, collection.type);
  if (nameProblem !== undefined) around.problems.add(`${around.path}.name`, nameProblem);
  const field = normaliseField(raw, around);
  if (field?.required === true && field.default === null) {
    const reason = `a new required field needs a default, because the records that are stored already have no value for '${name}'; give a default, or add it without required`;
    return refuseChange(collection, name, reason);
  }
  return ok(field);
}

function loosenedField(collection: Collection, before: Field, patch: RawObject, around: Surroundings): Change {
  const { name } = before;
  const type = patch["type"];
  const isOtherType = typeof type === "string" && Object.hasOwn(fieldTypes, type) && type !== before.type;
  if (isOtherType) {
    return refuseChange(
      collection,
      name,
      `'${name}' stays a ${before.type}, because stored values would be read otherwise; add another field instead`,
    );
  }
  // The target of a relation cannot change, so it need not be live any more.
  const loosening = { ...around, isLiveCollection: () => true };
  const { system: _system, ...settings } = describeField(before);
  const after = normaliseField({ ...(settings as RawObject), ...patch }, loosening);
  if (after === undefined || around.problems.any) return ok(undefined);
  if (isSameField(before, after)) return ok(undefined);
  const reason = tightening(before, { ...after, isSystem: false, isDeleted: false });
  return reason === undefined ? ok(after) : refuseChange(collection, name, reason);
}

const isSameField = (before: Field, after: StoredField): boolean =>
  sameJson(
    describeField(before) as RawObject,
    describeField({ ...after, isSystem: false, isDeleted: false }) as RawObject,
  );

function tightening(before: Field, after: Field): string | undefined {
  if (after.required && !before.required && after.default === null) {
    return `making '${before.name}' required needs a default, because records without a value are stored already; give a default, and they take it`;
  }
  if (after.unique && !before.unique) {
    return `'${before.name}' cannot become unique, because that would tighten what it accepts; add a unique index instead: indexes: [{ fields: ["${before.name}"], unique: true }]`;
  }
  const reason = fieldTypes[before.type].tightening?.(before, after);
  return reason === undefined ? undefined : `in '${before.name}', ${reason}`;
}

function fieldIgnoringCase(collection: Collection, name: string): Field | undefined {
  const fields = [...collection.fields.values(), ...collection.deletedFields.values()];
  return fields.find((field) => !field.isSystem && field.name.toLowerCase() === name.toLowerCase());
}

function refuseTaken(collection: Collection, field: Field): Result<never, EngineError> {
  const details = { collection: collection.name, field: field.name, isDeleted: field.isDeleted };
  const message = field.isDeleted
    ? `The field '${field.name}' of '${collection.name}' is deleted and its data are kept; bring it back with collections.undeleteField("${collection.name}", "${field.name}").`
    : `The field '${field.name}' of '${collection.name}' exists already; letter case makes no difference.`;
  return refuse("field_exists", details, { message });
}

function refuseChange(collection: Collection, field: string, reason: string): Result<never, EngineError> {
  return refuse(
    "schema_append_only",
    { collection: collection.name, field },
    { message: `The schema is append-only: ${reason}.` },
  );
}
