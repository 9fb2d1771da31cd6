// One work at a time inside the transaction of a connection: its executor, its deadline, and whether it awaited all that
// it started. Begins and ends no transaction.
import { EngineError } from "../../../base/errors.js";
import { err, type Outcome, type Result, toEngineError } from "../../../base/result.js";
import type { StoreExecutor } from "../../storage.js";
import { listenable, type TransactionListeners } from "../../transaction-end.js";
import type { Connection, StatementOutcome } from "./connection.js";
import { createExecutor } from "./kysely-dialect.js";

export interface WorkOptions {
  readonly name: string;
  /** Counts from the work's beginning. Default: no limit. */
  readonly deadlineMs?: number | undefined;
}

export interface WorkEnd<T> {
  /** What the work gave, threw, or left undone; the transaction may be lost all the same. */
  readonly outcome: Result<T, EngineError>;
  /** Whether a statement of it was stopped at the deadline, and the transaction with it. */
  readonly isStopped: boolean;
  /** To be told how what the work wrote ends. */
  readonly listeners: TransactionListeners;
}

/**
 * Runs the work to its end, to the deadline (`database_busy`), or until the connection is stopped; `request_invalid` when it left a statement unawaited.
 * Nothing of it runs any more afterwards.
 */
export async function runWork<T>(
  connection: Connection,
  work: (db: StoreExecutor) => Outcome<T>,
  { name, deadlineMs }: WorkOptions,
): Promise<WorkEnd<T>> {
  const session = new WorkSession(connection);
  const db = createExecutor((sql, values, givesRows) => session.run(sql, values, givesRows));
  const listeners = listenable(db);
  const working = attempt(db, work);
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let unsubscribe: (() => void) | undefined;
  const givenUp = new Promise<Result<T, EngineError>>((resolve) => {
    // Whatever the work waits for: it may be no statement.
    unsubscribe = connection.onStop((reason) => resolve(err(reason)));
    if (deadlineMs === undefined) return;
    timer = setTimeout(() => {
      const late = tookTooLong(name, deadlineMs);
      isStopped = session.isRunning;
      if (isStopped) connection.abort(late);
      resolve(err(late));
    }, deadlineMs);
  });
  let outcome = await Promise.race([working, givenUp]);
  clearTimeout(timer);
  unsubscribe?.();
  const hasUnawaited = session.isRunning;
  await session.end();
  if (outcome.isOk() && hasUnawaited) outcome = err(unawaited());
  return { outcome, isStopped, listeners };
}

async function attempt<T>(db: StoreExecutor, work: (db: StoreExecutor) => Outcome<T>): Outcome<T> {
  try {
    return await work(db);
  } catch (thrown) {
    return err(toEngineError(thrown));
  }
}

/** The way of a work's statements to the connection, open as long as the work runs. */
class WorkSession {
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

  /** Refuses what comes from now on and waits for what is under way. */
  async end(): Promise<void> {
    this.#isOver = true;
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }
}

/** What a write ends in at its deadline. */
export const tookTooLong = (name: string, deadlineMs: number, cause?: unknown): EngineError => {
  const message = `The transaction took longer than ${deadlineMs} ms and was rolled back.`;
  return new EngineError("database_busy", { name }, { message, cause });
};

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
