// What planning a schema operation gives: the change to log, or that there is nothing to change.
import type { EngineError } from "../../base/errors.js";
import type { IdGenerator } from "../../base/ids.js";
import { ok, refuse, type Result } from "../../base/result.js";
import type { Catalog } from "../catalog.js";
import type { Collection } from "../collection.js";
import type { SchemaChange } from "../schema-change.js";

/**
 * `change` is to be logged as the next entry; `exists` and `unchanged` mean that the live collection is
 * already as asked for.
 */
export type SchemaPlan =
  | { readonly kind: "change"; readonly change: SchemaChange }
  | { readonly kind: "exists"; readonly collection: Collection }
  | { readonly kind: "unchanged"; readonly collection: Collection };

/** What plans need from outside. */
export interface PlanContext {
  readonly newId: IdGenerator;
}

/** A plan that logs a change. */
export const planned = (change: SchemaChange): Result<SchemaPlan, EngineError> => ok({ kind: "change", change });

/**
 * The live collection of a user that a change is about. `collection_not_found`, `collection_deleted`
 * (the message names the undelete call), or `database_reserved` for the engine's own.
 */
export function changeableCollection(catalog: Catalog, name: unknown): Result<Collection, EngineError> {
  const collection = anyCollection(catalog, name);
  return collection.isOk() && collection.value.isDeleted ? refuseDeleted(collection.value.name) : collection;
}

/** As {@link changeableCollection}, deleted ones too. */
export function anyCollection(catalog: Catalog, name: unknown): Result<Collection, EngineError> {
  const collection = typeof name === "string" ? catalog.collections.get(name) : undefined;
  if (collection === undefined) {
    const shown = typeof name === "string" ? name.slice(0, 100) : typeof name;
    return refuse("collection_not_found", { collection: shown }, { message: `There is no collection '${shown}'.` });
  }
  return collection.isSystem ? refuseSystem(collection.name) : ok(collection);
}

/** `collection_deleted`, with the call that brings it back. */
export function refuseDeleted(name: string): Result<never, EngineError> {
  const message = `The collection '${name}' is deleted and its data are kept; bring it back with collections.undelete("${name}").`;
  return refuse("collection_deleted", { collection: name }, { message });
}

/** `database_reserved`, for the engine's own collections. */
export function refuseSystem(name: string): Result<never, EngineError> {
  return refuse(
    "database_reserved",
    { name },
    { message: `The collection '${name}' belongs to the engine and cannot be changed.` },
  );
}
