// A part of a transaction that can be undone alone.
import { CompiledQuery } from "kysely";
import type { EngineError } from "../base/errors.js";
import { isEngineError } from "../base/errors.js";
import { err, type Outcome, type Result } from "../base/result.js";
import type { StoreExecutor, WriteShortcut } from "./storage.js";
import { listenersOf } from "./transaction-end.js";

const begin = CompiledQuery.raw("savepoint part");
const undo = CompiledQuery.raw("rollback to part");
const end = CompiledQuery.raw("release part");

/**
 * Runs work inside the transaction of `db`; an Err or a throw undoes what the work wrote and leaves the rest. Savepoints
 * nest by their order in time, so two must not overlap. A shortcut of one statement needs no savepoint.
 */
export async function inSavepoint<T>(
  db: StoreExecutor,
  work: (db: StoreExecutor) => Outcome<T>,
  shortcut?: WriteShortcut<T>,
): Outcome<T> {
  const listeners = listenersOf(db);
  const mark = listeners?.mark;
  const quick = await attempt(db, shortcut?.statement);
  if (quick !== undefined) return quick;
  listeners?.end(false, mark);
  await db.executeQuery(begin);
  let result: Result<T, EngineError> | undefined;
  try {
    result = await work(db);
    return result;
  } catch (thrown) {
    if (!isEngineError(thrown)) throw thrown;
    return (result = err(thrown));
  } finally {
    // After an unexpected throw too: the caller may go on and commit, with half a call that no rule has been asked about.
    if (result === undefined || result.isErr()) {
      listeners?.end(false, mark);
      await db.executeQuery(undo);
    }
    await db.executeQuery(end);
  }
}

/** What the one statement gives. When the whole transaction is lost with it, what comes next says so. */
async function attempt<T>(
  db: StoreExecutor,
  statement: WriteShortcut<T>["statement"],
): Promise<Result<T, EngineError> | undefined> {
  try {
    return await statement?.(db);
  } catch (thrown) {
    if (isEngineError(thrown)) return undefined;
    throw thrown;
  }
}
