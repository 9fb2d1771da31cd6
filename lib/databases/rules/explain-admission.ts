// Why a caller gets as far as a database's file or not. Asks the admission itself, and the default database for what its
// rules came to; the database asked for is not touched.
import { appliedRules, policyOf, type NamedRule } from "../../access/access-policy.js";
import type { Principal, User } from "../../access/principal.js";
import type { RecordOperation } from "../../access/rule-book.js";
import { ruleTraits } from "../../access/rule-compiler.js";
import type { EngineError } from "../../base/errors.js";
import { err, ok, type Outcome } from "../../base/result.js";
import { explainContext } from "../../records/explain/explain-context.js";
import { explainRules, holds, referenceTo } from "../../records/explain/explain-rules.js";
import { named } from "../../records/explain/explain-parts.js";
import type { ExplainedCrossing, ExplainedRule, RuleReference } from "../../records/explain/explanation.js";
import type { RecordServices } from "../../records/record-context.js";
import type { Collection } from "../../schema/collection.js";
import { admitCaller } from "./admit-caller.js";
import { defaultDatabaseName, scopeOfDatabase } from "../database-name.js";
import type { Fleet } from "../fleet.js";

export interface AdmissionRequest {
  readonly principal: Principal;
  readonly databaseName: string;
  readonly collection: string;
  readonly operation: RecordOperation;
}

export interface ExplainedAdmission {
  /** What the caller hears when he is not let in. */
  readonly refusal: EngineError | undefined;
  readonly reason: string;
  readonly decidedBy: RuleReference | null;
  readonly crossing: ExplainedCrossing | undefined;
  /** The rules, as far as they ask about the request alone. */
  readonly rules: readonly ExplainedRule[];
}

/** Err only for what says nothing about the caller, e.g. a full disk. */
export async function explainAdmission(
  fleet: Fleet,
  services: RecordServices,
  request: AdmissionRequest,
): Outcome<ExplainedAdmission> {
  const { principal, databaseName, collection: name } = request;
  const admitted = await admitCaller(fleet, request);
  const refusal = admitted.isErr() ? admitted.error : undefined;
  if (refusal && !refusal.is("forbidden", "unauthenticated", "collection_not_found")) return err(refusal);
  const collection = fleet.schema.newest.live(name, scopeOfDatabase(databaseName));
  const plain = { refusal, decidedBy: null, crossing: undefined, rules: [] };
  if (principal.kind === "superuser" || !collection) return ok({ ...plain, reason: refusal?.message ?? "" });
  const isCrossing = principal.kind === "user" && principal.databaseName !== databaseName;
  if (refusal?.code === "unauthenticated") {
    const from = principal.kind === "user" ? principal.databaseName : "";
    const reason = `The caller's own database "${from}" is gone, or another stands under its name.`;
    return ok({ ...plain, reason });
  }
  const parts = { databaseName, isCrossing };
  const applied = appliedRules(fleet.rules, parts, collection, request.operation, fleet.limits);
  const explained = await requestRules(fleet, services, request, collection, applied.rules);
  if (explained.isErr()) return err(explained.error);
  const rules = explained.value;
  const own = rules[0];
  const crossing = isCrossing ? crossingOf(fleet, principal, refusal, rules, own?.text === null) : undefined;
  if (own?.text === null) {
    const reason = `${own.name} of "${name}" is null, so superusers alone may do this.`;
    return ok({ refusal, reason, decidedBy: referenceTo(own), crossing, rules });
  }
  const [failed] = crossing?.refusedBy ?? [];
  const refusedBy = failed
    ? `${named(failed)} does not hold for this request`
    : `no database-level rule that covers it names the database "${databaseName}"`;
  const reason = refusal ? `The caller belongs to another database, and ${refusedBy}.` : "";
  return ok({ refusal, reason, decidedBy: failed ?? null, crossing, rules });
}

function crossingOf(
  { limits }: Fleet,
  { databaseName: from }: User,
  refusal: EngineError | undefined,
  rules: readonly ExplainedRule[],
  isClosed: boolean,
): ExplainedCrossing {
  const about = rules.filter(
    ({ source, text }) => source === "database" && text !== null && !ruleTraits(text, limits).asksFields,
  );
  const naming = about.filter(({ text }) => ruleTraits(text ?? "", limits).namesDatabase);
  return {
    from,
    isAdmitted: refusal === undefined && !isClosed,
    admittedBy: naming.filter((rule) => holds(rule)).map(referenceTo),
    refusedBy: about.filter((rule) => !holds(rule)).map(referenceTo),
  };
}

function requestRules(
  fleet: Fleet,
  services: RecordServices,
  { principal, databaseName, operation }: AdmissionRequest,
  collection: Collection,
  rules: readonly NamedRule[],
): Outcome<readonly ExplainedRule[]> {
  return fleet.pool.lease(defaultDatabaseName, ({ store }) =>
    store.read((db) => {
      const databaseId = fleet.register.get(databaseName)?.id ?? "";
      const context = {
        ...{ databaseId, databaseName, scope: scopeOfDatabase(databaseName), catalog: fleet.schema.newest, services },
        policy: policyOf({ principal, databaseId, databaseName, rules: fleet.rules }),
      };
      return explainRules(explainContext(context, db, collection, operation), rules, { kind: "request" });
    }),
  );
}
