// One transaction on one connection, from BEGIN IMMEDIATE to COMMIT or ROLLBACK. The caller sees to it that nobody
// else uses the connection meanwhile.
import { EngineError } from "../../../base/errors.js";
import { err, type Outcome, type Result, toEngineError } from "../../../base/result.js";
import type { StoreExecutor } from "../../storage.js";
import type { Connection, StatementOutcome } from "./connection.js";
import { createExecutor } from "./kysely-dialect.js";

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
  const session = new TransactionSession(connection);
  let outcome = await settle(session, work, options);
  const hasUnawaited = session.isRunning;
  await session.end();
  if (connection.fatal !== null) outcome = err(connection.fatal);
  else if (outcome.isOk() && hasUnawaited) outcome = err(unawaited());
  if (outcome.isOk()) {
    try {
      if (options.beforeCommit !== undefined) await connection.script(options.beforeCommit);
      await connection.commit();
      return outcome;
    } catch (thrown) {
      outcome = err(toEngineError(thrown));
    }
  }
  await connection.rollback();
  return outcome;
}

/** The work's own outcome, or the deadline's, whichever is first. */
async function settle<T>(
  session: TransactionSession,
  work: (db: StoreExecutor) => Outcome<T>,
  { name, deadlineMs }: TransactionOptions,
): Outcome<T> {
  const working = (async (): Outcome<T> => {
    try {
      return await work(createExecutor((sql, values, givesRows) => session.run(sql, values, givesRows)));
    } catch (thrown) {
      return err(toEngineError(thrown));
    }
  })();
  if (deadlineMs === undefined) return working;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<Result<T, EngineError>>((resolve) => {
    timer = setTimeout(() => {
      const message = `The transaction took longer than ${deadlineMs} ms and was rolled back.`;
      const late = new EngineError("database_busy", { name }, { message }) as EngineError;
      session.abort(late);
      resolve(err(late));
    }, deadlineMs);
  });
  try {
    return await Promise.race([working, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** The way of a work's statements to the connection, open as long as the work runs. */
class TransactionSession {
  readonly #connection: Connection;
  #running = 0;
  #isOver = false;
  #onIdle: (() => void) | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get isRunning(): boolean {
    return this.#running > 0;
  }

  async run(sql: string, parameters: readonly unknown[], givesRows: boolean): Promise<StatementOutcome> {
    if (this.#isOver) throw over();
    this.#running += 1;
    try {
      return await this.#connection.execute(sql, parameters, givesRows);
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#onIdle?.();
    }
  }

  abort(reason: EngineError): void {
    this.#connection.abort(reason);
  }

  /** Refuses what comes from now on and waits for what is under way. */
  async end(): Promise<void> {
    this.#isOver = true;
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }
}

const over = (): EngineError =>
  new EngineError(
    "request_invalid",
    {},
    { message: "This transaction is over: use its handle only inside the callback, and await every call." },
  );

const unawaited = (): EngineError =>
  new EngineError(
    "request_invalid",
    {},
    { message: "The transaction was rolled back: its callback returned while a call was under way. Await every call." },
  );
