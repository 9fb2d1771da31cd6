// What a collection's records look like, as JSON Schema for people and tools. Must never name what clients may not know:
// hidden fields and passwords that are read.
import type { SchemaObject } from "../../base/json-schema.js";
import type { Collection, Field } from "../collection.js";
import { fieldTypes } from "../field-types/index.js";
import { isEngineSet } from "../system-fields.js";

/** A collection's records in JSON Schema 2020-12, as clients see them. */
export interface RecordSchemas {
  /** The collection's name. */
  readonly name: string;
  readonly type: "base" | "auth";
  /** Owned by the engine: it can be read only. */
  readonly system: boolean;
  /** A record as it is read. */
  readonly record: Readonly<Record<string, unknown>>;
  /** What a create takes. */
  readonly create: Readonly<Record<string, unknown>>;
  /** What an update takes. */
  readonly update: Readonly<Record<string, unknown>>;
}

/** The schemas of a live collection. */
export function recordSchemas(collection: Collection): RecordSchemas {
  const { name, type, isSystem } = collection;
  const fields = [...collection.fields.values()];
  const read = fields.filter(({ hidden, type: kind }) => !hidden && kind !== "password");
  const written = fields.filter((field) => !isEngineSet(field) && (field.type === "password" || !field.hidden));
  const values = withConfirmation(collection, properties(written, valueOf));
  return {
    name,
    type,
    system: isSystem,
    record: { type: "object", properties: properties(read, readValueOf), required: read.map((field) => field.name) },
    create: { ...closed, properties: values, required: written.filter(mustBeGiven).map((field) => field.name) },
    update: { ...closed, properties: values },
  };
}

const closed = { type: "object", additionalProperties: false } as const;

const mustBeGiven = ({ required, default: preset }: Field): boolean => required && preset === null;

const properties = (fields: readonly Field[], schemaOf: (field: Field) => SchemaObject): SchemaObject =>
  Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)]));

const withConfirmation = ({ type }: Collection, named: SchemaObject): SchemaObject =>
  type === "auth" ? { ...named, passwordConfirm: { type: "string" } } : named;

/** Also null, where the field need not be set. */
function valueOf(field: Field): SchemaObject {
  const type = fieldTypes[field.type];
  const format = type.format === undefined ? {} : { format: type.format };
  const schema = { ...type.valueSchema(field), ...format, description: type.summary };
  return field.required ? schema : orNull(schema);
}

/** What is read was valid when it was written, maybe by stricter settings than today's: only its kind is sure. */
function readValueOf(field: Field): SchemaObject {
  const type = fieldTypes[field.type];
  const { type: kind, items, enum: choices } = type.valueSchema(field) as Readonly<Record<string, unknown>>;
  if (kind === undefined) return { description: type.summary };
  const schema = {
    type: kind,
    ...(items === undefined ? {} : { items }),
    ...(choices === undefined ? {} : { enum: choices }),
    ...(type.format === undefined ? {} : { format: type.format }),
  };
  const isAlwaysSet = isEngineSet(field) && field.name !== "deleted";
  return isAlwaysSet ? schema : orNull(schema);
}

/** Every type's unset value is null, of a list `[]`. */
function orNull(schema: SchemaObject): SchemaObject {
  const { type: kind, enum: choices } = schema as { readonly type?: unknown; readonly enum?: readonly unknown[] };
  if (typeof kind !== "string" || kind === "array") return schema;
  return { ...schema, type: [kind, "null"], ...(choices === undefined ? {} : { enum: [...choices, null] }) };
}
