// engine.collections: the global schema. A change is logged once and returns at once, whatever the number of
// databases; each catches up when it is next touched.
import { readCallOptions } from "../base/call-options.js";
import type { EngineError } from "../base/errors.js";
import { err, ok, refuse, type Outcome, type ResultAsync } from "../base/result.js";
import { shownValue } from "../base/shown.js";
import { changeSchema, type PlanSchemaChange } from "../databases/change-schema.js";
import type { Collection, CollectionDefinition } from "../schema/collection.js";
import { describeCollection, type DescribedCollection } from "../schema/definitions/describe-collection.js";
import { recordSchemas, type RecordSchemas } from "../schema/definitions/record-schemas.js";
import { planCreateCollection } from "../schema/plans/plan-create-collection.js";
import { planDeleteCollection } from "../schema/plans/plan-delete-collection.js";
import { planDeleteField } from "../schema/plans/plan-delete-field.js";
import { planUndeleteCollection } from "../schema/plans/plan-undelete-collection.js";
import { planUndeleteField } from "../schema/plans/plan-undelete-field.js";
import { planUpdateCollection } from "../schema/plans/plan-update-collection.js";
import { callEngine, type EngineCore } from "./run-in-database.js";

/** What `collections.update` takes: fields to add or to loosen, indexes to add, rules to set. What is left out stays. */
export type CollectionChange = Partial<Omit<CollectionDefinition, "name" | "type">>;

/** Options of `collections.list`. */
export interface ListCollectionsOptions {
  /** Soft-deleted ones too, marked `deleted: true`. Default false. */
  readonly includeDeleted?: boolean;
}

/**
 * The schema that all databases share. Append-only: nothing is renamed, retyped or dropped; deleting hides and keeps
 * the data.
 */
export class Collections {
  readonly #core: EngineCore;

  /** @internal */
  constructor(core: EngineCore) {
    this.#core = core;
  }

  /**
   * Makes a collection in every database. An equal definition gives the collection that is there already.
   * `validation_failed` (details by path, e.g. `fields.2.type`), `collection_exists` naming each difference,
   * `collection_deleted` when the name belongs to a deleted one.
   */
  create(definition: CollectionDefinition): ResultAsync<DescribedCollection, EngineError> {
    const { newId } = this.#core.services;
    return this.#change((catalog) => planCreateCollection(catalog, definition, { newId }));
  }

  /** All live collections, the engine's own first. */
  list(options: ListCollectionsOptions = {}): ResultAsync<readonly DescribedCollection[], EngineError> {
    return callEngine(this.#core, async () =>
      readCallOptions(options, { includeDeleted: "boolean" }).map(({ includeDeleted = false }) =>
        [...this.#core.fleet.schema.newest.collections.values()]
          .filter((collection) => includeDeleted || !collection.isDeleted)
          .map(describeCollection),
      ),
    );
  }

  /** What the records of each live collection look like, in JSON Schema 2020-12: for forms, descriptions and tools. */
  schemas(): ResultAsync<readonly RecordSchemas[], EngineError> {
    return callEngine(this.#core, async () =>
      ok(
        [...this.#core.fleet.schema.newest.collections.values()]
          .filter(({ isDeleted }) => !isDeleted)
          .map(recordSchemas),
      ),
    );
  }

  /** One live collection. `collection_not_found`, `collection_deleted`. */
  get(name: string): ResultAsync<DescribedCollection, EngineError> {
    return callEngine(this.#core, async () => this.#find(name));
  }

  /**
   * Adds fields and indexes, loosens fields, sets rules, turns softDelete on; a field left out stays.
   * `schema_append_only` with the reason, `validation_failed`, `field_exists` for a deleted field's name,
   * `unique_violation` when records of the default database clash with a new unique index.
   */
  update(name: string, change: CollectionChange): ResultAsync<DescribedCollection, EngineError> {
    return this.#change((catalog) => planUpdateCollection(catalog, name, change));
  }

  /** Hides a collection everywhere and keeps its records. `collection_not_found`, `database_reserved`. */
  delete(name: string): ResultAsync<void, EngineError> {
    return this.#change((catalog) => planDeleteCollection(catalog, name)).map(() => undefined);
  }

  /** Brings a deleted collection back with its records. `collection_not_found`. */
  undelete(name: string): ResultAsync<DescribedCollection, EngineError> {
    return this.#change((catalog) => planUndeleteCollection(catalog, name));
  }

  /** Hides a field everywhere and keeps its values. `collection_not_found`, `validation_failed` for an unknown field. */
  deleteField(name: string, field: string): ResultAsync<DescribedCollection, EngineError> {
    return this.#change((catalog) => planDeleteField(catalog, name, field));
  }

  /** Brings a deleted field back with its values. `collection_not_found`, `validation_failed` for an unknown field. */
  undeleteField(name: string, field: string): ResultAsync<DescribedCollection, EngineError> {
    return this.#change((catalog) => planUndeleteField(catalog, name, field));
  }

  #change(plan: PlanSchemaChange): ResultAsync<DescribedCollection, EngineError> {
    return callEngine(this.#core, async () => {
      let id = "";
      const after = await changeSchema(this.#core.fleet, (catalog) =>
        plan(catalog).map((planned) => {
          id = planned.kind === "change" ? planned.change.id : planned.collection.id;
          return planned;
        }),
      );
      if (after.isErr()) return err(after.error);
      // The plan has named the collection, so the catalog has it.
      return ok(describeCollection(after.value.withId(id) as Collection));
    });
  }

  async #find(name: string): Outcome<DescribedCollection> {
    const found = this.#core.fleet.schema.newest.collections.get(name);
    if (!found) {
      return refuse(
        "collection_not_found",
        { collection: shownValue(name) },
        { message: `There is no collection "${shownValue(name)}".` },
      );
    }
    if (!found.isDeleted) return ok(describeCollection(found));
    return refuse(
      "collection_deleted",
      { collection: name },
      {
        message: `The collection "${name}" is deleted; collections.undelete("${name}") brings it back with its records.`,
      },
    );
  }
}
