// Whether a caller gets as far as a database's file. Answers from memory, and for a principal of another database from
// the rules, which the default database evaluates: the database asked for is not touched.
import { forbidden } from "../../access/access-policy.js";
import { admitsCrossing } from "../../access/database-crossing.js";
import type { Principal, User } from "../../access/principal.js";
import { ruleNameOf, type RecordOperation } from "../../access/rule-book.js";
import { EngineError } from "../../base/errors.js";
import { err, ok, type Outcome, type Result } from "../../base/result.js";
import { shownValue } from "../../base/shown.js";
import { defaultDatabaseName, scopeOfDatabase } from "../database-name.js";
import type { Fleet } from "../fleet.js";

export interface CallerRequest {
  readonly principal: Principal;
  /** A legal name, not necessarily of a database that exists. */
  readonly databaseName: string;
  readonly collection?: string | undefined;
  readonly operation?: RecordOperation | undefined;
}

/**
 * `forbidden` in the same words whether the database exists or not; `collection_not_found`, which depends on the global
 * schema alone; `unauthenticated` when the principal's own database is gone.
 */
export async function admitCaller(fleet: Fleet, request: CallerRequest): Outcome<void> {
  return admitFromMemory(fleet, request) ?? admitCrossing(fleet, request.principal as User, request);
}

/** As {@link admitCaller}, where no rule has to be asked: undefined for a user of another database. */
export function admitFromMemory(fleet: Fleet, request: CallerRequest): Result<void, EngineError> | undefined {
  const { principal } = request;
  if (principal.kind === "superuser") return admitted;
  const allowed = checkCollection(fleet, request);
  if (allowed.isErr() || principal.kind === "guest") return allowed;
  const isStanding = fleet.register.nameOf(principal.databaseId) === principal.databaseName;
  if (!isStanding) return err(new EngineError("unauthenticated", {}));
  return request.databaseName === principal.databaseName ? admitted : undefined;
}

const admitted: Result<void, EngineError> = ok(undefined);

/** A collection whose rule is null has nothing for clients in any database. */
function checkCollection(fleet: Fleet, request: CallerRequest): Result<void, EngineError> {
  const { collection: name, operation, databaseName } = request;
  if (name === undefined) return admitted;
  const collection = fleet.schema.newest.live(name, scopeOfDatabase(databaseName));
  if (!collection) {
    const collectionName = shownValue(name);
    const message = `There is no collection "${collectionName}".`;
    return err(new EngineError("collection_not_found", { collection: collectionName }, { message }));
  }
  return operation !== undefined && collection.rules[ruleNameOf(operation)] === null ? err(forbidden()) : admitted;
}

async function admitCrossing(fleet: Fleet, principal: User, request: CallerRequest): Outcome<void> {
  const { databaseName, collection, operation } = request;
  const crossing = await fleet.pool.lease(defaultDatabaseName, ({ store }) =>
    store.read((db) =>
      admitsCrossing(db, { dialect: fleet.storage.dialect, limits: fleet.limits }, fleet.rules, {
        principal,
        databaseName,
        collection,
        operation,
        now: fleet.clock.now(),
      }),
    ),
  );
  if (crossing.isErr()) return err(crossing.error);
  return crossing.value ? admitted : err(forbidden());
}
