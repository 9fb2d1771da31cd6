// A schema change: planned against the newest catalog, then the log entry and the default database's own DDL in
// one transaction. The other databases hear of it when they are next touched, so this costs the same for ten
// databases and ten thousand.
import { formatTimestamp } from "../base/clock.js";
import { err, ok, type Outcome, type Result } from "../base/result.js";
import type { EngineError } from "../base/errors.js";
import type { DatabaseRule } from "../access/rule-book.js";
import type { Catalog } from "../schema/catalog.js";
import { compileChange } from "../schema/tables/ddl.js";
import { ruleNames, type Collection } from "../schema/collection.js";
import type { SchemaChange, SchemaLogEntry } from "../schema/schema-change.js";
import type { SchemaPlan } from "../schema/plans/schema-plan.js";
import { withAutomaticIndexes } from "./automatic-indexes.js";
import { checkCollectionRules, checkRulesSurvive, ruleToolsOf } from "./rules/check-rules.js";
import { defaultDatabaseName } from "./database-name.js";
import type { Fleet } from "./fleet.js";
import { appendToLog, runStatements } from "./register/system-tables.js";

/** Looks at the newest catalog and says what to do. */
export type PlanSchemaChange = (newest: Catalog) => Result<SchemaPlan, EngineError>;

/** Makes one planned change, if there is one to make; gives the catalog after it. */
export const changeSchema = (fleet: Fleet, plan: PlanSchemaChange): Outcome<Catalog> =>
  fleet.schemaTurn(() => changeInTurn(fleet, plan, fleet.rules.databaseRules));

/**
 * As {@link changeSchema}, for who has the turn. `databaseRules` are those that automatic indexes are made for: of a rule that is
 * about to be in force, its index is there first.
 */
export async function changeInTurn(
  fleet: Fleet,
  plan: PlanSchemaChange,
  databaseRules: readonly DatabaseRule[],
): Outcome<Catalog> {
  const before = fleet.schema.newest;
  const asked = plan(before);
  if (asked.isErr()) return err(asked.error);
  const planned = withAutomaticIndexes(asked.value, before, { databaseRules, limits: fleet.limits });
  if (planned.kind !== "change") return ok(before);
  const { change } = planned;
  const entry: SchemaLogEntry = { version: before.version + 1, at: formatTimestamp(fleet.clock.now()), change };
  const after = before.with(entry);
  const allowed = checkRules(fleet, before, after, change);
  return allowed.isErr() ? err(allowed.error) : logChange(fleet, entry, before, after);
}

/** The rules that the change sets must be readable, and those that stand must stay so. */
function checkRules(fleet: Fleet, before: Catalog, after: Catalog, change: SchemaChange): Result<void, EngineError> {
  const tools = ruleToolsOf(fleet);
  const changed = after.withId(change.id);
  const setsRules = change.kind === "collection_created" || change.kind === "collection_updated";
  const own = changed && setsRules ? checkCollectionRules(tools, after, changed) : ok(undefined);
  if (own.isErr()) return err(own.error);
  if (changed && setsRules) warnOfPublicRules(fleet, before.withId(change.id), changed);
  return checkRulesSurvive(tools, before, after, fleet.rules.databaseRules);
}

/** Collections have been made public by mistake, by people who took "" for "nobody". */
function warnOfPublicRules({ logger }: Fleet, was: Collection | undefined, now: Collection): void {
  const opened = ruleNames.filter((name) => now.rules[name] === "" && was?.rules[name] !== "");
  if (opened.length === 0) return;
  logger.warn({ collection: now.name, rules: opened }, 'a rule of "" lets everybody in; null lets superusers only');
}

function logChange(fleet: Fleet, entry: SchemaLogEntry, before: Catalog, after: Catalog): Outcome<Catalog> {
  return fleet.pool.lease(defaultDatabaseName, async (database) => {
    const written = await database.store.writeSchema(after.version, async (db) => {
      await appendToLog(db, [entry]);
      await runStatements(db, compileChange(fleet.storage, entry.change, before, after, "default"));
      return ok(undefined);
    });
    if (written.isErr()) return err(written.error);
    fleet.schema.append(entry, after);
    database.adopt(after);
    fleet.register.noteSchemaVersion(defaultDatabaseName, after.version);
    return ok(after);
  });
}
