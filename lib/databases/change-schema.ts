// A schema change: planned against the newest catalog, then the log entry and the default database's own DDL in
// one transaction. The other databases hear of it when they are next touched, so this costs the same for ten
// databases and ten thousand.
import { formatTimestamp } from "../base/clock.js";
import { err, ok, type Outcome, type Result } from "../base/result.js";
import type { EngineError } from "../base/errors.js";
import type { Catalog } from "../schema/catalog.js";
import { applyChange } from "../schema/ddl.js";
import type { SchemaLogEntry } from "../schema/schema-change.js";
import type { SchemaPlan } from "../schema/schema-plan.js";
import { defaultDatabaseName } from "./database-name.js";
import type { Fleet } from "./fleet.js";
import { appendToLog } from "./system-tables.js";

/** Looks at the newest catalog and says what to do. */
export type PlanSchemaChange = (newest: Catalog) => Result<SchemaPlan, EngineError>;

/** Makes one planned change, if there is one to make; gives the catalog after it. */
export function changeSchema(fleet: Fleet, plan: PlanSchemaChange): Outcome<Catalog> {
  return fleet.schemaTurn(async () => {
    const before = fleet.schema.newest;
    const planned = plan(before);
    if (planned.isErr()) return err(planned.error);
    if (planned.value.kind !== "change") return ok(before);
    const { change } = planned.value;
    const entry: SchemaLogEntry = { version: before.version + 1, at: formatTimestamp(fleet.clock.now()), change };
    return logChange(fleet, entry, before, before.with(entry));
  });
}

function logChange(fleet: Fleet, entry: SchemaLogEntry, before: Catalog, after: Catalog): Outcome<Catalog> {
  return fleet.pool.lease(defaultDatabaseName, async (database) => {
    const written = await database.store.writeSchema(after.version, async (db) => {
      await appendToLog(db, [entry]);
      await applyChange(db, fleet.storage.dialect, entry.change, before, after, "default");
      return ok(undefined);
    });
    if (written.isErr()) return err(written.error);
    fleet.schema.append(entry, after);
    database.adopt(after);
    fleet.register.noteSchemaVersion(defaultDatabaseName, after.version);
    return ok(after);
  });
}
