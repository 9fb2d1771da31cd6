// A principal of one database asks for another: decided before any file of the other is opened, by the database-level
// rules that need no record. The store answers them, as it answers all rules: there is no second evaluator.
import { sql } from "kysely";
import type { EngineLimits } from "../base/limits.js";
import { err, ok, type Outcome } from "../base/result.js";
import { runBound } from "../query/values/run-bound.js";
import type { StoreDialect } from "../storage/store-dialect.js";
import type { StoreExecutor } from "../storage/storage.js";
import { requestValues } from "./access-policy.js";
import type { User } from "./principal.js";
import { coveringRules, type RecordOperation, type RuleBook } from "./rule-book.js";
import { compileRequestRule, ruleTraits } from "./rule-compiler.js";

/** What the caller is about to ask; without an operation (a transaction) any that a rule covers may follow. */
export interface CrossingRequest {
  readonly principal: User;
  /** The database asked for, as the engine resolved it. */
  readonly databaseName: string;
  readonly collection?: string | undefined;
  readonly operation?: RecordOperation | undefined;
  readonly now: number;
}

/**
 * Whether the crossing is admitted: at least one covering rule names the database, and all covering rules that can be
 * decided without a record hold. Those that ask about records are added to the predicates of the operation.
 *
 * @param db - any open store: the rules ask about the request alone.
 */
export async function admitsCrossing(
  db: StoreExecutor,
  { dialect, limits }: { readonly dialect: StoreDialect; readonly limits: EngineLimits },
  book: RuleBook,
  request: CrossingRequest,
): Outcome<boolean> {
  const { principal, databaseName, collection, operation, now } = request;
  const covering = coveringRules(book, databaseName, collection, operation).map(({ rule }) => rule);
  const decidable = covering.filter((rule) => !ruleTraits(rule, limits).asksFields);
  if (!decidable.some((rule) => ruleTraits(rule, limits).namesDatabase)) return ok(false);
  // A transaction's operations are each checked again; here one rule that lets it in is enough.
  const isWhole = operation !== undefined;
  const values = requestValues(principal, databaseName, operation ?? "list");
  const holds: boolean[] = [];
  for (const rule of decidable) {
    const compiled = compileRequestRule({ dialect, limits }, rule);
    if (compiled.isErr()) return ok(false);
    const query = db.selectNoFrom(sql<number>`${compiled.value}`.as("holds")).compile();
    const rows = await runBound(db, query, { parameters: {}, now, request: values });
    if (rows.isErr()) return err(rows.error);
    holds.push((rows.value[0] as { holds: unknown } | undefined)?.holds === 1);
  }
  const naming = decidable.map((rule) => ruleTraits(rule, limits).namesDatabase);
  return ok(isWhole ? holds.every(Boolean) : holds.some((isTrue, index) => isTrue && naming[index]));
}
