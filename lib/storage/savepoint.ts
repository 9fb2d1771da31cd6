// A part of a transaction that can be undone alone.
import { sql } from "kysely";
import type { EngineError } from "../base/errors.js";
import { isEngineError } from "../base/errors.js";
import { err, type Outcome, type Result } from "../base/result.js";
import type { StoreExecutor } from "./storage.js";

/**
 * Runs work inside the transaction of `db`; an Err or a throw undoes what the work wrote and leaves the rest. Savepoints
 * nest by their order in time, so two must not overlap.
 */
export async function inSavepoint<T>(db: StoreExecutor, work: (db: StoreExecutor) => Outcome<T>): Outcome<T> {
  await sql`savepoint part`.execute(db);
  let result: Result<T, EngineError> | undefined;
  try {
    result = await attempt(db, work);
    return result;
  } finally {
    // After an unexpected throw too: the caller may go on and commit, with half a call that no rule has been asked about.
    if (result === undefined || result.isErr()) await sql`rollback to part`.execute(db);
    await sql`release part`.execute(db);
  }
}

async function attempt<T>(db: StoreExecutor, work: (db: StoreExecutor) => Outcome<T>): Promise<Result<T, EngineError>> {
  try {
    return await work(db);
  } catch (thrown) {
    if (isEngineError(thrown)) return err(thrown);
    throw thrown;
  }
}
