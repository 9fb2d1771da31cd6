// One database, as its users hold it. Making the handle opens nothing; it stands for the database that has the name
// at its first use, and never for a later one.
import type { EngineError } from "../base/errors.js";
import type { ResultAsync } from "../base/result.js";
import type { DatabaseBinding } from "../databases/lease-database.js";
import { Collection } from "./collection.js";
import { runInDatabase, type EngineCore } from "./run-in-database.js";
import { runTransaction, type Settled, type Transaction } from "./transaction.js";

/**
 * One tenant's isolated store. Trusted code: no access rule is applied.
 *
 * @example
 * ```ts
 * const db = engine.db("client1");
 * const post = await db.collection<{ title: string }>("posts").create({ title: "Hello" });
 * ```
 */
export class Database {
  readonly #core: EngineCore;
  readonly #binding: DatabaseBinding;
  /** The database's name. */
  readonly name: string;

  /** @internal */
  constructor(core: EngineCore, name: string) {
    this.#core = core;
    this.name = name;
    this.#binding = { id: core.fleet.register.get(name)?.id };
  }

  /** The collection's records in this database. Opens nothing; `collection_not_found` comes with the first call. */
  collection<Fields extends object = Record<string, unknown>>(name: string): Collection<Fields> {
    return new Collection<Fields>(name, (work) => runInDatabase(this.#core, this.name, this.#binding, work));
  }

  /**
   * All or nothing: what the callback writes is there when it ends well, and none of it otherwise. An Err that it
   * returns, a throw, a call that it does not await, or more time than `limits.transactionMs` (30 s) roll back.
   * Other writers of this database wait meanwhile, so keep it short, and use only the given handle inside.
   *
   * @returns what the callback returned; `request_invalid` when it threw (see `cause`) or did not await a call,
   * `database_busy` when it took too long.
   * @example
   * ```ts
   * const moved = await db.transaction(async (tx) => {
   *   const from = await tx.collection("accounts").update(a, { balance: 10 });
   *   if (from.isErr()) return from;
   *   return tx.collection("accounts").update(b, { balance: 90 });
   * });
   * ```
   */
  transaction<Returned>(work: (transaction: Transaction) => Returned): ResultAsync<Settled<Returned>, EngineError> {
    return runInDatabase(this.#core, this.name, this.#binding, (context) =>
      runTransaction(context, this.#core.fleet.logger, work),
    );
  }
}
