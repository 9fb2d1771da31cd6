// The schema that all databases share, over HTTP. For superusers.
import { callOptionNames, readOptions, type CallOptions, type OptionNames } from "./call-options.js";
import type { ClientScope } from "./client-scope.js";
import type { RecordPage } from "./record-types.js";

/** A JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The types that a field can have. */
export type FieldTypeName =
  | "text"
  | "editor"
  | "email"
  | "url"
  | "number"
  | "bool"
  | "date"
  | "datetime"
  | "select"
  | "json"
  | "relation"
  | "password";

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

/** What {@link CollectionSettings.create} takes. A rule that is null or left out lets superusers only; `""` lets everyone. */
export interface CollectionDefinition {
  readonly name: string;
  /** Default "base". */
  readonly type?: "base" | "auth";
  readonly fields?: readonly FieldDefinition[];
  readonly indexes?: readonly { readonly fields: readonly string[]; readonly unique?: boolean }[];
  /** Default false: a delete removes the record for good. */
  readonly softDelete?: boolean;
  readonly listRule?: string | null;
  readonly viewRule?: string | null;
  readonly createRule?: string | null;
  readonly updateRule?: string | null;
  readonly deleteRule?: string | null;
}

/** What {@link CollectionSettings.update} takes: fields to add or to loosen, indexes to add, rules to set. What is left out stays. */
export type CollectionChange = Partial<Omit<CollectionDefinition, "name" | "type">>;

/** A collection as the server describes it. */
export interface DescribedCollection {
  readonly id: string;
  readonly name: string;
  readonly type: "base" | "auth";
  /** Live fields in order, the server's own first. */
  readonly fields: readonly (FieldDefinition & { readonly system: boolean })[];
  readonly indexes: readonly { readonly fields: readonly string[]; readonly unique: boolean }[];
  readonly softDelete: boolean;
  readonly listRule: string | null;
  readonly viewRule: string | null;
  readonly createRule: string | null;
  readonly updateRule: string | null;
  readonly deleteRule: string | null;
  /** Owned by the server: it can be read only. */
  readonly system: boolean;
  /** There, and true, only while the collection is deleted. */
  readonly deleted?: true;
  /** RFC 3339 UTC. */
  readonly created?: string;
  /** RFC 3339 UTC: the last change of the definition. */
  readonly updated?: string;
}

/** Options of {@link CollectionSettings.list}. */
export interface ListCollectionsOptions extends CallOptions {
  /** Soft-deleted ones too, marked `deleted: true`. Default false. */
  readonly includeDeleted?: boolean | undefined;
}

const listNames = { ...callOptionNames, includeDeleted: true } as const satisfies OptionNames<ListCollectionsOptions>;

/** `client.settings.collections`. Append-only: nothing is renamed, retyped or dropped; deleting hides and keeps the data. */
export class CollectionSettings {
  readonly #scope: ClientScope;

  /** @internal */
  constructor(scope: ClientScope) {
    this.#scope = scope;
  }

  /**
   * Makes a collection in every database. An equal definition gives the one that is there. `validation_failed`,
   * `collection_exists`, `collection_deleted`.
   */
  async create(definition: CollectionDefinition, options: CallOptions = {}): Promise<DescribedCollection> {
    const read = readOptions(options, callOptionNames);
    return this.#scope.call({ method: "POST", path: ["collections"], body: definition, options: read });
  }

  /** All live collections, the server's own first. */
  async list(options: ListCollectionsOptions = {}): Promise<DescribedCollection[]> {
    const { includeDeleted, ...read } = readOptions(options, listNames);
    const origin = this.#scope.origin();
    const collections: DescribedCollection[] = [];
    for (let page = 1, totalPages = 1; page <= totalPages; page += 1) {
      const call = { method: "GET", path: ["collections"], query: { page, includeDeleted }, options: read } as const;
      const listed = await this.#scope.call<RecordPage<DescribedCollection>>(call, origin);
      collections.push(...listed.items);
      totalPages = listed.totalPages;
    }
    return collections;
  }

  /** One live collection. `collection_not_found`, `collection_deleted`. */
  async get(name: string, options: CallOptions = {}): Promise<DescribedCollection> {
    return this.#one("GET", [name], options);
  }

  /** Adds fields and indexes, loosens fields, sets rules; a field left out stays. `schema_append_only` with the reason. */
  async update(name: string, change: CollectionChange, options: CallOptions = {}): Promise<DescribedCollection> {
    return this.#one("PATCH", [name], options, change);
  }

  /** Hides a collection everywhere and keeps its records. Gives true. `collection_not_found`. */
  async delete(name: string, options: CallOptions = {}): Promise<true> {
    const read = readOptions(options, callOptionNames);
    await this.#scope.call({ method: "DELETE", path: ["collections", name], answer: "nothing", options: read });
    return true;
  }

  /** Brings a deleted collection back with its records. `collection_not_found`. */
  async undelete(name: string, options: CallOptions = {}): Promise<DescribedCollection> {
    return this.#one("POST", [name, "undelete"], options);
  }

  /** Hides a field everywhere and keeps its values. `collection_not_found`, `validation_failed` for an unknown field. */
  async deleteField(name: string, field: string, options: CallOptions = {}): Promise<DescribedCollection> {
    return this.#one("DELETE", [name, "fields", field], options);
  }

  /** Brings a deleted field back with its values. `collection_not_found`, `validation_failed` for an unknown field. */
  async undeleteField(name: string, field: string, options: CallOptions = {}): Promise<DescribedCollection> {
    return this.#one("POST", [name, "fields", field, "undelete"], options);
  }

  async #one(
    method: "GET" | "PATCH" | "POST" | "DELETE",
    path: readonly string[],
    options: CallOptions,
    body?: object,
  ): Promise<DescribedCollection> {
    const call = { method, path: ["collections", ...path], options: readOptions(options, callOptionNames) };
    return this.#scope.call(body === undefined ? call : { ...call, body });
  }
}
