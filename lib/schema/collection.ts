// Collections and fields as the engine knows them: immutable, complete, every default filled in.
import type { FieldTypeName } from "./field-type-names.js";

/** A JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** In which databases a collection stands: the tenants' and the default one, or only one reserved one, or all. */
export type CollectionScope = "tenants" | "default" | "stats" | "workflows" | "everywhere";

export interface Field {
  readonly name: string;
  readonly type: FieldTypeName;
  readonly required: boolean;
  readonly unique: boolean;
  /** Never shown to clients: neither read, filtered, sorted nor expanded by them. Trusted code sees it. */
  readonly hidden: boolean;
  /** What a create without a value takes; null for none. */
  readonly default: JsonValue;
  /** The type's own options, e.g. `max` of text; those left out are absent. */
  readonly options: Readonly<Record<string, JsonValue>>;
  /** Set by the engine (id, created, updated, deleted) or owned by auth (email, password, verified). */
  readonly isSystem: boolean;
  readonly isDeleted: boolean;
}

/** An index over fields of a collection, beside those that the engine makes of itself. */
export interface CollectionIndex {
  readonly fields: readonly string[];
  readonly unique: boolean;
}

/** The columns of each index that the engine makes of itself so that lists need not read and sort everything. */
export type AutomaticIndexes = readonly (readonly string[])[];

/** The rules of a collection, in the order of list, view, create, update, delete. */
export const ruleNames = ["listRule", "viewRule", "createRule", "updateRule", "deleteRule"] as const;
/** The operations of a collection, each with a rule of its own. */
export type RuleName = (typeof ruleNames)[number];
/** null: superusers only; "": everyone; else an expression. */
export type CollectionRules = Readonly<Record<RuleName, string | null>>;

export interface Collection {
  /** Stable over the life of the collection. */
  readonly id: string;
  readonly name: string;
  readonly type: "base" | "auth";
  readonly scope: CollectionScope;
  /** Owned by the engine: users can neither change nor write it. */
  readonly isSystem: boolean;
  readonly isDeleted: boolean;
  readonly softDelete: boolean;
  /** Live fields in order: id, created, updated (and deleted with softDelete), then auth's own, then the defined ones. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Soft-deleted fields, kept with their data. */
  readonly deletedFields: ReadonlyMap<string, Field>;
  /** Defined indexes; those of unique fields and the automatic ones come on top of them in the store. */
  readonly indexes: readonly CollectionIndex[];
  /**
   * As they were planned when the collection changed last: the store's indexes follow from the log alone, whatever a later
   * engine would plan. Absent when no entry of the log names any: then each relation to one record has an index of its own.
   */
  readonly automaticIndexes?: AutomaticIndexes;
  readonly rules: CollectionRules;
  /** When the collection was made, RFC 3339 UTC. */
  readonly createdAt?: string;
  /** When its definition changed last, RFC 3339 UTC. */
  readonly updatedAt?: string;
}

/** What `collections.create` takes. `schema` is accepted for `fields`. */
export interface CollectionDefinition {
  readonly name: string;
  /** Default "base". */
  readonly type?: "base" | "auth";
  readonly fields?: readonly FieldDefinition[];
  readonly schema?: readonly FieldDefinition[];
  readonly indexes?: readonly { readonly fields: readonly string[]; readonly unique?: boolean }[];
  /** Default false: a delete removes the record for good. */
  readonly softDelete?: boolean;
  readonly listRule?: string | null;
  readonly viewRule?: string | null;
  readonly createRule?: string | null;
  readonly updateRule?: string | null;
  readonly deleteRule?: string | null;
}

/** One field of a definition: the common settings, and the options of its type beside them. */
export interface FieldDefinition {
  readonly name: string;
  readonly type: FieldTypeName;
  readonly required?: boolean;
  readonly unique?: boolean;
  readonly hidden?: boolean;
  readonly default?: JsonValue;
  readonly [option: string]: JsonValue | undefined;
}
