// A caller's own transaction in one database: its calls run on the writer, one after the other, each whole or undone.
import pLimit from "p-limit";
import type { EngineError } from "../base/errors.js";
import { isEngineError } from "../base/errors.js";
import type { Logger } from "../base/logger.js";
import { err, guard, ok, refuse, type Outcome, type Result, type ResultAsync } from "../base/result.js";
import type { RecordContext } from "../records/record-context.js";
import { keyedReaderOf } from "../storage/keyed-query.js";
import { inSavepoint } from "../storage/savepoint.js";
import type { StoreExecutor } from "../storage/storage.js";
import { Collection } from "./collection.js";

/** What a transaction's callback is given: the database's collections, inside the transaction. */
export class Transaction {
  readonly #context: RecordContext;
  readonly #logger: Logger;
  /** Calls made side by side take turns: their savepoints would otherwise nest into each other. */
  readonly #turn = pLimit(1);
  #isOver = false;
  #unfinished = 0;

  /** @internal */
  constructor(context: RecordContext, db: StoreExecutor, logger: Logger) {
    this.#logger = logger;
    this.#context = {
      ...context,
      read: (work) => work(db),
      // What it has written itself is not what others count.
      state: () => undefined,
      totals: undefined,
      readShared: (_, work) => work(db),
      readByKey: keyedReaderOf(db),
      // A call that fails undoes its own statements, so that a callback may go on after an Err without half a call in it.
      write: (work, { shortcut } = {}) => inSavepoint(db, work, shortcut),
    };
  }

  /** A collection inside the transaction. Its calls see what the transaction has written. */
  collection<Fields extends object = Record<string, unknown>>(name: string): Collection<Fields> {
    return new Collection<Fields>(name, (_, work) => this.#run(work));
  }

  /**
   * Ends the handle. Err when calls were still running: the callback did not await them, so nobody could have
   * known whether they worked.
   *
   * @internal
   */
  async end(): Outcome<void> {
    this.#isOver = true;
    const forgotten = this.#unfinished;
    if (forgotten === 0) return ok(undefined);
    await this.#turn(() => undefined);
    return refuse(
      "request_invalid",
      {},
      {
        message: `The transaction was rolled back: ${forgotten} of its calls were not awaited before its callback ended.`,
      },
    );
  }

  #run<T>(work: (context: RecordContext) => Outcome<T>): ResultAsync<T, EngineError> {
    return guard(this.#logger, async () => {
      if (this.#isOver) {
        return refuse(
          "request_invalid",
          {},
          { message: "The transaction is over; use its handle only inside its callback." },
        );
      }
      this.#unfinished += 1;
      try {
        return await this.#turn(() => work(this.#context));
      } finally {
        this.#unfinished -= 1;
      }
    });
  }
}

/** What a callback's promise comes to: the value of a Result, or any other value itself. */
export type Settled<Returned> = Awaited<Returned> extends Result<infer Value, unknown> ? Value : Awaited<Returned>;

/**
 * Runs a callback in one transaction. An Err from it, a throw, a call that was not awaited, or more time than
 * `limits.transactionMs` roll everything back.
 */
export async function runTransaction<Returned>(
  context: RecordContext,
  logger: Logger,
  work: (transaction: Transaction) => Returned,
): Outcome<Settled<Returned>> {
  if (typeof work !== "function") {
    return refuse(
      "request_invalid",
      { parameter: "work" },
      { message: "transaction takes a callback: async (tx) => …" },
    );
  }
  const run = async (db: StoreExecutor): Outcome<Settled<Returned>> => {
    const transaction = new Transaction(context, db, logger);
    const result = await settle(work, transaction);
    const ended = await transaction.end();
    if (result.isErr()) return result;
    return ended.isErr() ? err(ended.error) : result;
  };
  return context.write(run, { isAlone: true });
}

async function settle<Returned>(
  work: (transaction: Transaction) => Returned,
  transaction: Transaction,
): Outcome<Settled<Returned>> {
  try {
    const returned: unknown = await work(transaction);
    if (!isResult(returned)) return ok(returned as Settled<Returned>);
    return returned.isOk() ? ok(returned.value as Settled<Returned>) : rolledBack(returned.error, "gave an Err");
  } catch (thrown) {
    return rolledBack(thrown, "threw");
  }
}

/** The callback's own error where it is the engine's; anything else becomes the cause, so that the type of errors holds. */
const rolledBack = (cause: unknown, because: string): Result<never, EngineError> =>
  isEngineError(cause)
    ? err(cause)
    : refuse(
        "request_invalid",
        {},
        { message: `The transaction was rolled back because its callback ${because}; see the cause.`, cause },
      );

// Known by its shape: an app may have its own copy of neverthrow.
const isResult = (value: unknown): value is Result<unknown, unknown> =>
  typeof value === "object" && value !== null && "isErr" in value && typeof value.isErr === "function";
