// A schema change: planned against the newest catalog, then the log entry and the default database's own DDL in
// one transaction. The other databases hear of it when they are next touched, so this costs the same for ten
// databases and ten thousand.
import { formatTimestamp } from "../base/clock.js";
import { err, ok, type Outcome, type Result } from "../base/result.js";
import type { EngineError } from "../base/errors.js";
import type { Catalog } from "../schema/catalog.js";
import { applyChange } from "../schema/ddl.js";
import type { SchemaChange, SchemaLogEntry } from "../schema/schema-change.js";
import { defaultDatabaseName } from "./database-name.js";
import type { Fleet } from "./fleet.js";
import { appendToLog } from "./system-tables.js";

/** Looks at the newest catalog and gives the change to make, or undefined when there is nothing to change. */
export type SchemaPlan = (newest: Catalog) => Result<SchemaChange | undefined, EngineError>;

/** Makes one planned change; gives the catalog after it. */
export function changeSchema(fleet: Fleet, plan: SchemaPlan): Outcome<Catalog> {
  return fleet.schemaTurn(async () => {
    const before = fleet.schema.newest;
    const planned = plan(before);
    if (planned.isErr()) return err(planned.error);
    const change = planned.value;
    if (!change) return ok(before);
    const entry: SchemaLogEntry = { version: before.version + 1, at: formatTimestamp(fleet.clock.now()), change };
    const after = before.with(entry);
    return fleet.pool.lease(defaultDatabaseName, async (database) => {
      const written = await database.store.writeSchema(after.version, async (db) => {
        await appendToLog(db, [entry]);
        await applyChange(db, fleet.storage.dialect, change, before, after, "tenants");
        return ok(undefined);
      });
      if (written.isErr()) return err(written.error);
      fleet.schema.append(entry);
      database.adopt(fleet.schema.newest);
      fleet.register.noteSchemaVersion(defaultDatabaseName, after.version);
      return ok(fleet.schema.newest);
    });
  });
}
