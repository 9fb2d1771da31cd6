// One transaction on one connection, from BEGIN IMMEDIATE to COMMIT or ROLLBACK. The caller sees to it that nobody
// else uses the connection meanwhile.
import { err, type Outcome, toEngineError } from "../../../base/result.js";
import type { StoreExecutor } from "../../storage.js";
import type { Connection } from "./connection.js";
import { runWork } from "./work-session.js";

export interface TransactionOptions {
  readonly name: string;
  /** Counts from BEGIN on. Default: no limit. */
  readonly deadlineMs?: number | undefined;
  /** The first thing inside the transaction; what it throws ends it. */
  readonly afterBegin?: () => Promise<void>;
  /** The last thing inside the transaction, after the work's Ok. */
  readonly beforeCommit?: string | undefined;
}

/**
 * Runs the work and commits its Ok. Rolls back on Err, on a throw, when the work takes longer than the deadline
 * (`database_busy`), when it left a statement unawaited (`request_invalid`), and when the disk failed under any
 * statement, whatever the work made of that. When the disk fails in the commit itself, the outcome is the error, but
 * whether the log holds the commit is known only to the next open of the file: as with every database.
 */
export async function runTransaction<T>(
  connection: Connection,
  work: (db: StoreExecutor) => Outcome<T>,
  options: TransactionOptions,
): Outcome<T> {
  try {
    await connection.begin();
    await options.afterBegin?.();
  } catch (thrown) {
    await connection.rollback();
    return err(toEngineError(thrown));
  }
  const { outcome: worked, listeners } = await runWork(connection, work, options);
  let outcome = connection.fatal === null ? worked : err(connection.fatal);
  if (outcome.isOk()) {
    try {
      if (options.beforeCommit !== undefined) await connection.script(options.beforeCommit);
      await connection.commit();
      listeners.end(true);
      return outcome;
    } catch (thrown) {
      outcome = err(toEngineError(thrown));
    }
  }
  await connection.rollback();
  listeners.end(false);
  return outcome;
}
