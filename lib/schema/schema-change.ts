// The entries of the append-only schema log, and reading them back. What stands in a log is never rewritten,
// so these shapes may only grow.
import type { SchemaObject, ValidateFunction } from "../base/json-schema.js";
import { createAjv } from "../base/json-schema.js";
import type { EngineError } from "../base/errors.js";
import { ok, refuse, type Result } from "../base/result.js";
import {
  ruleNames,
  type AutomaticIndexes,
  type CollectionIndex,
  type CollectionRules,
  type CollectionScope,
  type Field,
} from "./collection.js";
import { fieldTypeNames } from "./field-type.js";

/** A defined field as the log keeps it. System fields follow from the collection's type and are not kept. */
export type StoredField = Omit<Field, "isSystem" | "isDeleted">;

/** A whole definition as the log keeps it: complete, canonical. */
export interface StoredDefinition {
  readonly name: string;
  readonly type: "base" | "auth";
  readonly fields: readonly StoredField[];
  readonly indexes: readonly CollectionIndex[];
  readonly softDelete: boolean;
  readonly rules: CollectionRules;
}

/** A new collection. */
export interface CollectionCreated {
  readonly kind: "collection_created";
  readonly id: string;
  readonly scope: CollectionScope;
  readonly isSystem: boolean;
  readonly definition: StoredDefinition;
  /** {@link Collection.automaticIndexes}; absent in entries from before they were written down. */
  readonly automaticIndexes?: AutomaticIndexes;
}

/** What was added to a collection or loosened in it. A loosened field stands whole, in its new form. */
export interface CollectionUpdated {
  readonly kind: "collection_updated";
  readonly id: string;
  readonly fieldsAdded: readonly StoredField[];
  readonly fieldsLoosened: readonly StoredField[];
  readonly indexesAdded: readonly CollectionIndex[];
  readonly rules: Partial<CollectionRules>;
  /** Set when soft deletion was turned on. */
  readonly softDelete?: true;
  /** {@link Collection.automaticIndexes}, all of them, when they are others than before. */
  readonly automaticIndexes?: AutomaticIndexes;
}

/** A collection was hidden, or came back. */
export interface CollectionHidden {
  readonly kind: "collection_deleted" | "collection_undeleted";
  readonly id: string;
}

/** A field was hidden, or came back. */
export interface FieldHidden {
  readonly kind: "field_deleted" | "field_undeleted";
  readonly id: string;
  readonly field: string;
}

/** One step of the schema's history. Serialises to JSON and back without loss. */
export type SchemaChange = CollectionCreated | CollectionUpdated | CollectionHidden | FieldHidden;

/** A change, the version that the schema has with it (1, 2, 3 …), and its time (RFC 3339 UTC). */
export interface SchemaLogEntry {
  readonly version: number;
  readonly at: string;
  readonly change: SchemaChange;
}

const text: SchemaObject = { type: "string" };
const flag: SchemaObject = { type: "boolean" };

const closed = (properties: Record<string, SchemaObject>, optional: readonly string[] = []): SchemaObject => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
const listOf = (items: SchemaObject): SchemaObject => ({ type: "array", items });

const fieldSchema = closed({
  name: text,
  type: { enum: [...fieldTypeNames] },
  required: flag,
  unique: flag,
  hidden: flag,
  default: {},
  options: { type: "object" },
});
const indexSchema = closed({ fields: listOf(text), unique: flag });
const ruleSchemas = Object.fromEntries(ruleNames.map((name) => [name, { type: ["string", "null"] }]));

const automaticSchema = listOf(listOf(text));

const changeSchemas: Readonly<Record<SchemaChange["kind"], SchemaObject>> = {
  collection_created: closed(
    {
      kind: text,
      id: text,
      scope: { enum: ["tenants", "default", "stats", "workflows", "everywhere"] },
      isSystem: flag,
      definition: closed({
        name: text,
        type: { enum: ["base", "auth"] },
        fields: listOf(fieldSchema),
        indexes: listOf(indexSchema),
        softDelete: flag,
        rules: closed(ruleSchemas),
      }),
      automaticIndexes: automaticSchema,
    },
    ["automaticIndexes"],
  ),
  collection_updated: closed(
    {
      kind: text,
      id: text,
      fieldsAdded: listOf(fieldSchema),
      fieldsLoosened: listOf(fieldSchema),
      indexesAdded: listOf(indexSchema),
      rules: closed(ruleSchemas, ruleNames),
      softDelete: { const: true },
      automaticIndexes: automaticSchema,
    },
    ["softDelete", "automaticIndexes"],
  ),
  collection_deleted: closed({ kind: text, id: text }),
  collection_undeleted: closed({ kind: text, id: text }),
  field_deleted: closed({ kind: text, id: text, field: text }),
  field_undeleted: closed({ kind: text, id: text, field: text }),
};

let compiled: ReadonlyMap<string, ValidateFunction> | undefined;

function validators(): ReadonlyMap<string, ValidateFunction> {
  const ajv = createAjv();
  compiled ??= new Map(Object.entries(changeSchemas).map(([kind, schema]) => [kind, ajv.compile(schema)]));
  return compiled;
}

/**
 * Reads one stored entry: `change` as the parsed JSON of the log. `database_corrupt` (of the default
 * database) when it is damaged, or when a newer engine wrote it: its meaning cannot be guessed.
 */
export function parseSchemaLogEntry(entry: {
  readonly version: unknown;
  readonly at: unknown;
  readonly change: unknown;
}): Result<SchemaLogEntry, EngineError> {
  const { version, at, change } = entry;
  if (!Number.isSafeInteger(version) || (version as number) < 1 || typeof at !== "string") {
    return unreadable(`entry ${String(version)} has no valid version or time`);
  }
  const kind = typeof change === "object" && change !== null ? (change as { kind?: unknown }).kind : undefined;
  const validate = typeof kind === "string" ? validators().get(kind) : undefined;
  if (validate === undefined) {
    return unreadable(
      `entry ${String(version)} is of the unknown kind ${JSON.stringify(kind)}; open it with a newer engine`,
    );
  }
  if (!validate(change)) {
    const where = validate.errors?.[0]?.instancePath ?? "";
    return unreadable(
      `entry ${String(version)} (${String(kind)}) is not readable at '${where}'; a newer engine may have written it`,
    );
  }
  return ok({ version: version as number, at, change: change as SchemaChange });
}

function unreadable(what: string): Result<never, EngineError> {
  const reason = `The schema log cannot be read: ${what}.`;
  return refuse("database_corrupt", { name: "default", reason }, { message: reason });
}
