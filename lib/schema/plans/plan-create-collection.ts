// collections.create: a new collection, or the one that is there already. Pure: logs and runs nothing.
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Result } from "../../base/result.js";
import type { Catalog } from "../catalog.js";
import type { Collection } from "../collection.js";
import { definitionDifferences } from "../definitions/definition-differences.js";
import { normaliseDefinition } from "../definitions/normalise-definition.js";
import type { StoredDefinition } from "../schema-change.js";
import { planned, refuseDeleted, refuseSystem, type PlanContext, type SchemaPlan } from "./schema-plan.js";

/**
 * Plans a new collection. A definition equal to the live collection, or to any form that it had since it
 * was made, gives `exists`: an app that creates its collections at every start goes on working after
 * they have grown. Only a field that was deleted since makes an earlier form a difference, because the
 * app would write to it.
 *
 * `validation_failed`; `collection_exists` with every difference; `collection_deleted`; `database_reserved`.
 */
export function planCreateCollection(
  catalog: Catalog,
  input: unknown,
  { newId }: PlanContext,
): Result<SchemaPlan, EngineError> {
  const system = systemCollectionNamed(catalog, input);
  if (system !== undefined) return refuseSystem(system.name);
  const normalised = normaliseDefinition(catalog, input);
  if (normalised.isErr()) return err(normalised.error);
  const definition = normalised.value;
  const existing = catalog.named(definition.name);
  if (existing === undefined) {
    return planned({ kind: "collection_created", id: newId(), scope: "tenants", isSystem: false, definition });
  }
  if (existing.isDeleted) return refuseDeleted(existing.name);
  const isKnown = catalog.statesOf(existing.id).some((state) => isFormOf(state, existing, definition));
  if (isKnown) return ok({ kind: "exists", collection: existing });
  const differences = definitionDifferences(existing, definition);
  const message = `The collection '${existing.name}' exists with another definition: ${differences.join("; ")}. Change it with collections.update.`;
  return refuse("collection_exists", { collection: existing.name, differences }, { message });
}

function systemCollectionNamed(catalog: Catalog, input: unknown): Collection | undefined {
  try {
    const name: unknown = (input as { readonly name?: unknown } | null | undefined)?.name;
    const found = typeof name === "string" ? catalog.named(name) : undefined;
    return found?.isSystem === true ? found : undefined;
  } catch {
    // A getter of hostile input threw; reading the definition's shape refuses it with a reason.
    return undefined;
  }
}

const isFormOf = (state: Collection, now: Collection, definition: StoredDefinition): boolean =>
  definitionDifferences(state, definition).length === 0 &&
  definition.fields.every((field) => now.fields.has(field.name));
