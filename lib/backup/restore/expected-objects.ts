// What a database of a scope is made of at a schema version: found by making one, aside.
import { err, ok, type Outcome } from "../../base/result.js";
import { createSystemTables, runStatements } from "../../databases/register/system-tables.js";
import type { Fleet } from "../../databases/fleet.js";
import type { DatabaseScope } from "../../schema/catalog.js";
import type { StoreIdentity, StoreObject } from "../../storage/storage.js";

// It is never given a place.
const identity: StoreIdentity = { id: "0".repeat(32), createdAt: "1970-01-01T00:00:00.000Z" };

/** The version must be one that the schema's log reaches. */
export async function expectedObjects(
  { storage, schema }: Pick<Fleet, "storage" | "schema">,
  version: number,
  scope: DatabaseScope,
): Outcome<readonly StoreObject[]> {
  const built = await storage.build("expected", identity, version, async (db) => {
    if (scope === "default") await createSystemTables(db);
    await runStatements(db, schema.statementsUpTo(version, scope));
    return ok(undefined);
  });
  if (built.isErr()) return err(built.error);
  const { objects } = built.value;
  await built.value.discard();
  return ok(objects);
}
