// A compiled query with its slots filled, run: the one way from a query to its rows.
import type { CompiledQuery } from "kysely";
import type { EngineError } from "../../base/errors.js";
import { err, ok, type Outcome, type Result } from "../../base/result.js";
import type { StoreExecutor } from "../../storage/storage.js";
import { bindParameters, type BindContext } from "./bind-parameters.js";

/** The rows. `filter_invalid` when a placeholder's value does not fit; what compiling ended in is passed on. */
export async function runBound<Row>(
  db: StoreExecutor,
  compiled: CompiledQuery<Row> | Result<CompiledQuery<Row>, EngineError>,
  context: BindContext,
): Outcome<readonly Row[]> {
  const bound = "sql" in compiled ? bindParameters(compiled, context) : bindCompiled(compiled, context);
  if (bound.isErr()) return err(bound.error);
  const { rows } = await db.executeQuery(bound.value);
  return ok(rows);
}

const bindCompiled = <Row>(compiled: Result<CompiledQuery<Row>, EngineError>, context: BindContext) =>
  compiled.andThen((query) => bindParameters(query, context));
