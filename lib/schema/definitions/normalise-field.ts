// One field of a definition, untrusted, to the complete form that the log keeps.
import type { SchemaObject, ValidateFunction } from "../../base/json-schema.js";
import { compileSchema } from "./compile-schema.js";
import type { Field, JsonValue } from "../collection.js";
import type { DefinitionProblems } from "./definition-problems.js";
import { fieldTypeNames, type FieldType, type FieldTypeName } from "../field-type.js";
import { fieldTypes } from "../field-types/index.js";
import { canonicalDefault, isEmptyValue } from "../validation/field-value.js";
import { sameJson } from "./same-json.js";
import type { StoredField } from "../schema-change.js";

/** A JSON object as it was given. */
export type RawObject = Readonly<Record<string, JsonValue>>;

/** What a field's normalisation needs to know of its surroundings. */
export interface FieldSurroundings {
  readonly problems: DefinitionProblems;
  /** Where the field stands, e.g. `fields.2`. */
  readonly path: string;
  /** Whether a relation may refer to the collection. */
  readonly isLiveCollection: (name: string) => boolean;
}

const commonSchema: Readonly<Record<string, SchemaObject>> = {
  name: { type: "string" },
  type: { enum: [...fieldTypeNames] },
  required: { type: "boolean" },
  unique: { type: "boolean" },
  hidden: { type: "boolean" },
  default: {},
  system: { type: "boolean" },
};

// A default stands in the DDL of every database; the stores limit the length of a statement (100,000 bytes).
const maxDefaultLength = 4_096;

const validators = new Map<FieldTypeName, ValidateFunction>();

function validatorOf(type: FieldType): ValidateFunction {
  const known = validators.get(type.name);
  if (known !== undefined) return known;
  const properties = { ...commonSchema, ...type.optionsSchema };
  const made = compileSchema({ type: "object", properties, required: ["name", "type"], additionalProperties: false });
  validators.set(type.name, made);
  return made;
}

/** The type that a raw field names; undefined (and a problem) when it names none. */
function typeOf(raw: RawObject, { problems, path }: FieldSurroundings): FieldType | undefined {
  const { type } = raw;
  if (typeof type === "string" && Object.hasOwn(fieldTypes, type)) return fieldTypes[type as FieldTypeName];
  const choices = `one of ${fieldTypeNames.filter((name) => fieldTypes[name].reservedFor === undefined).join(", ")}`;
  if (type === undefined)
    problems.add(`${path}.type`, { code: "required", message: `A field needs a type: ${choices}.` });
  else problems.add(`${path}.type`, { code: "options", message: `There is no such type; take ${choices}.` });
  return undefined;
}

/**
 * The complete form of one field, or undefined when `problems` tells why not. Settings that are null count
 * as left out. The name's own rules are checked by the caller, who knows the other fields.
 */
export function normaliseField(given: RawObject, surroundings: FieldSurroundings): StoredField | undefined {
  const { problems, path } = surroundings;
  const raw = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const type = typeOf(raw, surroundings);
  if (type === undefined) return undefined;
  if (type.reservedFor !== undefined) problems.add(`${path}.type`, { code: "reserved", message: type.reservedFor });
  const known = [...Object.keys(commonSchema), ...Object.keys(type.optionsSchema)];
  if (!problems.check(validatorOf(type), raw, path, known)) return undefined;
  if (raw["system"] === true) {
    problems.add(`${path}.system`, { code: "reserved", message: "Only the engine's own fields are system fields." });
  }

  const options = ownOptions(raw, type);
  const wrong = Object.entries(type.checkOptions?.(options) ?? {});
  for (const [option, message] of wrong) problems.add(`${path}.${option}`, { code: "option", message });
  if (wrong.length > 0) return undefined;

  const field: StoredField = {
    name: raw["name"] as string,
    type: type.name,
    required: raw["required"] === true,
    unique: raw["unique"] === true,
    hidden: raw["hidden"] === true,
    default: raw["default"] ?? null,
    options,
  };
  checkSettings(field, type, surroundings);
  return { ...field, default: checkedDefault(field, type, surroundings) };
}

function ownOptions(raw: RawObject, type: FieldType): Record<string, JsonValue> {
  const options: Record<string, JsonValue> = {};
  for (const name of Object.keys(type.optionsSchema)) {
    const value = raw[name];
    const isDefault = value !== undefined && sameJson(value, type.optionDefaults?.[name]);
    if (value !== undefined && !isDefault) options[name] = value;
  }
  return options;
}

function checkSettings(
  field: StoredField,
  type: FieldType,
  { problems, path, isLiveCollection }: FieldSurroundings,
): void {
  const target = type.refersTo?.(field);
  if (target !== undefined && !isLiveCollection(target)) {
    problems.add(`${path}.collection`, {
      code: "collection_not_found",
      message: "There is no live collection of this name; create it first.",
    });
  }
  if (!field.unique) return;
  if (!type.isIndexable(asField(field))) {
    problems.add(`${path}.unique`, {
      code: "unique",
      message: `A field of the type ${type.name} cannot be unique${field.options["multiple"] === true ? " when it is multiple" : ""}.`,
    });
  }
  if (field.default !== null) {
    problems.add(`${path}.default`, {
      code: "default",
      message: "A unique field has no default, because two records would have the same value.",
    });
  }
}

function checkedDefault(field: StoredField, type: FieldType, { problems, path }: FieldSurroundings): JsonValue {
  if (field.default === null) return null;
  const refused = (message: string, code = "default"): JsonValue => {
    problems.add(`${path}.default`, { code, message });
    return null;
  };
  if (type.refusesDefault !== undefined) return refused(type.refusesDefault);
  const canonical = canonicalDefault(asField(field), field.default);
  if (canonical.isErr()) return refused(canonical.error.message, canonical.error.code);
  if (field.required && isEmptyValue(canonical.value)) return refused("A required field's default must not be empty.");
  // The empty list is what a multiple field without a default holds anyway.
  if (isEmptyList(canonical.value, field, type)) return null;
  const length = String(type.encode(canonical.value, asField(field))).length;
  if (length > maxDefaultLength) return refused(`A default has at most ${maxDefaultLength} characters.`, "max");
  return canonical.value;
}

const isEmptyList = (value: JsonValue, field: StoredField, type: FieldType): boolean =>
  type.isMultiple(asField(field)) && Array.isArray(value) && value.length === 0;

const asField = (field: StoredField): Field => ({ ...field, isSystem: false, isDeleted: false });
