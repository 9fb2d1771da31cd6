// Whether a database from outside is what the schema log makes of it: its tables and indexes, and the kinds of its values.
import { sql } from "kysely";
import { err, ok, type Outcome } from "../../base/result.js";
import type { Fleet } from "../../databases/fleet.js";
import type { Catalog } from "../../schema/catalog.js";
import type { Collection } from "../../schema/collection.js";
import { standsIn, type DatabaseScope } from "../../schema/database-scope.js";
import { fieldTypes } from "../../schema/field-types/index.js";
import type { ColumnKind, StoreDialect } from "../../storage/store-dialect.js";
import type { DetachedStore, StoreExecutor } from "../../storage/storage.js";
import { objectDifference } from "./compare-objects.js";
import { expectedObjects } from "./expected-objects.js";

/**
 * Null when it is; why not, as the reason's words. Its schema version must be one that the fleet's log reaches. A value of a
 * kind that its column never holds would break the reading of whole lists, long after the restore.
 */
export async function examineCandidate(
  fleet: Pick<Fleet, "schema" | "storage">,
  copy: DetachedStore,
  scope: DatabaseScope,
): Outcome<string | null> {
  const wanted = await expectedObjects(fleet, copy.schemaVersion, scope);
  if (wanted.isErr()) return err(wanted.error);
  const difference = objectDifference(copy.objects, wanted.value);
  if (difference !== null) return ok(difference);
  return copy.read((db) => strangeValue(db, fleet.storage.dialect, fleet.schema.at(copy.schemaVersion), scope));
}

async function strangeValue(
  db: StoreExecutor,
  dialect: StoreDialect,
  catalog: Catalog,
  scope: DatabaseScope,
): Outcome<string | null> {
  for (const collection of catalog.collections.values()) {
    if (!standsIn(collection, scope)) continue;
    const checks = columnsOf(collection).map(([column, kind]) =>
      dialect.isOfKind(kind, sql.ref(`${collection.name}.${column}`)),
    );
    const found = await db
      .selectFrom(collection.name)
      .select(sql`1`.as("found"))
      .where(sql<boolean>`not (${sql.join(checks, sql` and `)})`)
      .limit(1)
      .execute();
    if (found.length > 0) return ok(`a value in "${collection.name}" is of a kind that its column never holds`);
  }
  return ok(null);
}

/** All columns, those of deleted fields too: they may come back. */
function columnsOf({ fields, deletedFields }: Collection): readonly (readonly [string, ColumnKind])[] {
  return [...fields.values(), ...deletedFields.values()].map((field) => [
    field.name,
    fieldTypes[field.type].columnKind(field),
  ]);
}
