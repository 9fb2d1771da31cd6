// From a handle to an explanation, also where the caller himself would not get as far as the database.
import type { EngineError } from "../base/errors.js";
import { err, ok, type Outcome, type ResultAsync } from "../base/result.js";
import { forbidden } from "../access/access-policy.js";
import { checkDatabaseName } from "../databases/database-name.js";
import { explainAdmission } from "../databases/rules/explain-admission.js";
import { leaseDatabase } from "../databases/open/lease-database.js";
import { explainOperation, readExplainRequest, refusedWith } from "../records/explain/explain-operation.js";
import type { ExplainRequest, Explanation } from "../records/explain/explanation.js";
import { callEngine, contextOf, type DatabaseTarget } from "./run-in-database.js";

/** Explains a call on a collection as the target's principal would make it. `request_invalid`, `database_name_invalid`. */
export function explainCall(
  target: DatabaseTarget,
  collection: string,
  request: ExplainRequest,
): ResultAsync<Explanation, EngineError> {
  return callEngine(target.core, async () => {
    if (target.refusal) return err(target.refusal);
    const checked = checkDatabaseName(target.name);
    if (checked.isErr()) return err(checked.error);
    const read = readExplainRequest(request);
    return read.isErr() ? err(read.error) : explain(target, collection, read.value);
  });
}

async function explain(
  { core, name, binding, principal }: DatabaseTarget,
  collection: string,
  request: ExplainRequest,
): Outcome<Explanation> {
  const { fleet, services } = core;
  const { operation } = request;
  const head = { operation, database: name, collection };
  const admission = { ...{ principal: principal ?? { kind: "superuser", record: { id: "" } } }, ...head } as const;
  const explained = await explainAdmission(fleet, services, { ...admission, databaseName: name });
  if (explained.isErr()) return err(explained.error);
  const { refusal, reason, decidedBy, crossing, rules } = explained.value;
  const crossed = crossing ? { crossing } : {};
  if (refusal) {
    const sections = rules.length === 0 ? [] : [{ subject: "request" as const, rules }];
    return ok({
      ...head,
      ...refusedWith(refusal),
      reason: reason + besides(fleet, name),
      decidedBy,
      sections,
      ...crossed,
    });
  }
  const done = await leaseDatabase(fleet, name, binding, (database) =>
    explainOperation(contextOf(core, database, principal), collection, request),
  );
  if (done.isOk()) return ok({ ...done.value, ...crossed });
  if (done.error.code !== "database_not_found") return err(done.error);
  const hasPassed = principal === undefined || principal.kind === "superuser";
  // Who is no superuser hears the same of a database that does not exist and of one that is not his.
  const heard = hasPassed ? done.error : forbidden();
  return ok({
    ...head,
    ...refusedWith(heard),
    reason: fleet.register.get(name) ? done.error.message : `There is no database "${name}".`,
    ...crossed,
  });
}

/** What matters besides, to whoever has mistyped a name. */
const besides = ({ register }: DatabaseTarget["core"]["fleet"], name: string): string =>
  register.get(name) ? "" : ` Besides, there is no database "${name}".`;
