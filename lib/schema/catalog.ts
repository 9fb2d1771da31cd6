// The schema at one version: what the log folds to. Immutable; a change gives a new catalog that shares the rest.
// Trusts its entries, which were planned or parsed: one that does not fit is a bug and throws.
import type { AutomaticIndexes, Collection, Field } from "./collection.js";
import { standsIn, type DatabaseScope } from "./database-scope.js";
import type {
  CollectionCreated,
  CollectionUpdated,
  SchemaChange,
  SchemaLogEntry,
  StoredDefinition,
} from "./schema-change.js";
import { systemFields } from "./system-fields.js";

export type { DatabaseScope } from "./database-scope.js";

/** A collection as the log tells of it, and every form that it has had. */
interface CollectionHistory {
  readonly created: { readonly id: string; readonly scope: Collection["scope"]; readonly isSystem: boolean };
  readonly createdAt: string;
  /** All defined fields in their order, the deleted ones too: undeleting brings one back to its place. */
  readonly definition: StoredDefinition;
  readonly deletedFields: ReadonlySet<string>;
  readonly automaticIndexes?: AutomaticIndexes;
  readonly states: readonly Collection[];
}

interface CatalogParts {
  version: number;
  readonly collections: Map<string, Collection>;
  readonly histories: Map<string, CollectionHistory>;
  readonly namesIgnoringCase: Map<string, string>;
}

/**
 * All collections of the schema at one version.
 *
 * @example
 * ```ts
 * const posts = Catalog.fold(entries).live("posts", "tenants");
 * ```
 */
export class Catalog {
  readonly #parts: Readonly<CatalogParts>;

  private constructor(parts: CatalogParts) {
    this.#parts = parts;
  }

  /** The catalog before the first change: version 0, no collection. */
  static readonly empty: Catalog = new Catalog(emptyParts());

  /** The catalog that a whole log gives. Entries in order, versions 1, 2, 3 … */
  static fold(entries: Iterable<SchemaLogEntry>): Catalog {
    const parts = emptyParts();
    for (const entry of entries) applyEntry(parts, entry);
    return new Catalog(parts);
  }

  /** The number of changes so far; 0 for none. */
  get version(): number {
    return this.#parts.version;
  }

  /** All collections by name in the order of their making, live and deleted. */
  get collections(): ReadonlyMap<string, Collection> {
    return this.#parts.collections;
  }

  /** The live collection of exactly this name that stands in databases of the scope. */
  live(name: string, scope: DatabaseScope): Collection | undefined {
    const collection = this.#parts.collections.get(name);
    return collection !== undefined && !collection.isDeleted && standsIn(collection, scope) ? collection : undefined;
  }

  /** The collection, live or deleted, that holds the name or one that differs only in ASCII case: tables ignore it. */
  named(name: string): Collection | undefined {
    return this.#parts.collections.get(this.#parts.namesIgnoringCase.get(name.toLowerCase()) ?? name);
  }

  /** The collection, live or deleted, with the id. */
  withId(id: string): Collection | undefined {
    return this.#parts.histories.get(id)?.states.at(-1);
  }

  /** Every form that a collection has had, oldest first; the last one is the present one. */
  statesOf(id: string): readonly Collection[] {
    return this.#parts.histories.get(id)?.states ?? [];
  }

  /** The catalog after one more change, whose version must be the next. This one stays as it is. */
  with(entry: SchemaLogEntry): Catalog {
    const { version, collections, histories, namesIgnoringCase } = this.#parts;
    const parts = {
      version,
      collections: new Map(collections),
      histories: new Map(histories),
      namesIgnoringCase: new Map(namesIgnoringCase),
    };
    applyEntry(parts, entry);
    return new Catalog(parts);
  }
}

function emptyParts(): CatalogParts {
  return { version: 0, collections: new Map(), histories: new Map(), namesIgnoringCase: new Map() };
}

function applyEntry(parts: CatalogParts, { version, at, change }: SchemaLogEntry): void {
  if (version !== parts.version + 1) throw new Error(`schema log: ${version} follows ${parts.version}`);
  const history = nextHistory(parts, change, at);
  const collection = history.states.at(-1) as Collection;
  parts.version = version;
  parts.histories.set(collection.id, history);
  parts.collections.set(collection.name, collection);
  parts.namesIgnoringCase.set(collection.name.toLowerCase(), collection.name);
}

function nextHistory(parts: CatalogParts, change: SchemaChange, at: string): CollectionHistory {
  const before = parts.histories.get(change.id);
  if (change.kind === "collection_created") {
    const isTaken = parts.namesIgnoringCase.has(change.definition.name.toLowerCase());
    if (before !== undefined || isTaken) throw new Error(`schema log: '${change.definition.name}' is made twice`);
    const { id, scope, isSystem, definition } = change;
    const made = { created: { id, scope, isSystem }, createdAt: at, definition, deletedFields: new Set<string>() };
    return withState({ ...made, ...automaticOf(change), states: [] }, false, at);
  }
  if (before === undefined) throw new Error(`schema log: no collection has the id ${change.id}`);
  const isDeleted = before.states.at(-1)?.isDeleted ?? false;
  switch (change.kind) {
    case "collection_updated":
      return withState(
        { ...before, definition: updatedDefinition(before.definition, change), ...automaticOf(change) },
        isDeleted,
        at,
      );
    case "collection_deleted":
      return withState(before, true, at);
    case "collection_undeleted":
      return withState(before, false, at);
    case "field_deleted":
      return withState({ ...before, deletedFields: new Set([...before.deletedFields, change.field]) }, isDeleted, at);
    case "field_undeleted": {
      const stillDeleted = [...before.deletedFields].filter((name) => name !== change.field);
      return withState({ ...before, deletedFields: new Set(stillDeleted) }, isDeleted, at);
    }
  }
}

/** What an entry says of automatic indexes; one that says nothing leaves them as they are. */
const automaticOf = ({ automaticIndexes }: CollectionCreated | CollectionUpdated) =>
  automaticIndexes === undefined ? {} : { automaticIndexes };

function updatedDefinition(definition: StoredDefinition, change: CollectionUpdated): StoredDefinition {
  const loosened = new Map(change.fieldsLoosened.map((field) => [field.name, field]));
  return {
    ...definition,
    fields: [...definition.fields.map((field) => loosened.get(field.name) ?? field), ...change.fieldsAdded],
    indexes: [...definition.indexes, ...change.indexesAdded],
    rules: { ...definition.rules, ...change.rules },
    softDelete: change.softDelete ?? definition.softDelete,
  };
}

function withState(history: CollectionHistory, isDeleted: boolean, at: string): CollectionHistory {
  const { created, createdAt, definition, deletedFields, automaticIndexes } = history;
  const defined = definition.fields.map((field): Field => ({
    ...field,
    isSystem: false,
    isDeleted: deletedFields.has(field.name),
  }));
  const live = [
    ...systemFields(definition.type, definition.softDelete),
    ...defined.filter((field) => !field.isDeleted),
  ];
  const state: Collection = Object.freeze({
    ...created,
    name: definition.name,
    type: definition.type,
    isDeleted,
    softDelete: definition.softDelete,
    fields: byName(live),
    deletedFields: byName(defined.filter((field) => field.isDeleted)),
    indexes: definition.indexes,
    ...(automaticIndexes === undefined ? {} : { automaticIndexes }),
    rules: definition.rules,
    createdAt,
    updatedAt: at,
  });
  return { ...history, states: [...history.states, state] };
}

const byName = (fields: readonly Field[]): ReadonlyMap<string, Field> =>
  new Map(fields.map((field) => [field.name, field]));
