// A statement of the call with its values, its plan, and the store's word on what it reads from end to end.
import type { CompiledQuery } from "kysely";
import { err, ok, type Outcome } from "../../base/result.js";
import type { PlanStep } from "../../storage/store-dialect.js";
import type { BoundValues } from "../rows/bind-context.js";
import { boundTo, type ExplainContext } from "./explain-context.js";
import type { ExplainedStatement } from "./explanation.js";

/** A statement and the steps of its plan as the hints read them. */
export interface PlannedStatement {
  readonly statement: ExplainedStatement;
  readonly steps: readonly PlanStep[];
}

/** Asks the store how it answers the statement; does not run it. */
export async function explainStatement(
  context: ExplainContext,
  purpose: ExplainedStatement["purpose"],
  compiled: CompiledQuery,
  values: BoundValues,
): Outcome<PlannedStatement> {
  const { db, watch, context: asker } = context;
  const bound = watch.bind(compiled, boundTo(context, values));
  if (bound.isErr()) return err(bound.error);
  const { query, shown } = bound.value;
  const { dialect } = asker.services;
  const { rows } = await db.executeQuery(dialect.planOf(query));
  const steps = dialect.readPlan(rows);
  const plan = steps.map(({ detail, depth }) => ({ detail, depth }));
  return ok({ statement: { purpose, sql: query.sql, values: shown, plan }, steps });
}
