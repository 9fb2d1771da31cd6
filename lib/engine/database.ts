// One database, as its users hold it. Making the handle opens nothing; it stands for the database that has the name
// at its first use, and never for a later one.
import type { EngineError } from "../base/errors.js";
import { err, type ResultAsync } from "../base/result.js";
import { forbidden } from "../access/access-policy.js";
import { guest, type Principal } from "../access/principal.js";
import { readPrincipal } from "../access/read-principal.js";
import { databaseStats, type DatabaseStats } from "../stats/database-stats.js";
import { Collection } from "./collection.js";
import { DatabaseAuth } from "./database-auth.js";
import { explainCall } from "./explain-call.js";
import { callEngine, runInDatabase, type DatabaseTarget } from "./run-in-database.js";
import { runTransaction, type Settled, type Transaction } from "./transaction.js";

/**
 * One tenant's isolated store.
 *
 * What {@link TenantEngine.db} gives is trusted: no access rule is applied. {@link Database.as} gives the same database
 * as somebody sees it.
 *
 * @example
 * ```ts
 * const db = engine.db("client1");
 * const post = await db.collection<{ title: string }>("posts").create({ title: "Hello" });
 * ```
 */
export class Database {
  readonly #target: DatabaseTarget;

  /** @internal */
  constructor(target: DatabaseTarget) {
    this.#target = target;
  }

  /** The database's name. */
  get name(): string {
    return this.#target.name;
  }

  /**
   * The same database, seen by someone: every rule applies to every call, and what a rule hides does not exist for the
   * caller. A principal comes from {@link TenantEngine.authenticate} or `auth.principalOf`; null is a guest, who has not
   * signed in. Take a new principal for each request: it holds the record as it was when it was made.
   *
   * @returns a handle whose calls can also end in `forbidden` and `unauthenticated`; all end in `request_invalid` when
   * what was passed is no principal.
   * @example
   * ```ts
   * const principal = await engine.authenticate(token);
   * if (principal.isOk()) await engine.db("client1").as(principal.value).collection("posts").getList();
   * ```
   */
  as(principal: Principal | null): Database {
    const { core, name, binding } = this.#target;
    const read = readPrincipal(principal);
    if (read.isOk()) return new Database({ core, name, binding, principal: read.value });
    return new Database({ core, name, binding, principal: guest, refusal: read.error });
  }

  /** The collection's records in this database. Opens nothing; `collection_not_found` comes with the first call. */
  collection<Fields extends object = Record<string, unknown>>(name: string): Collection<Fields> {
    return new Collection<Fields>(
      name,
      (operation, work) => runInDatabase(this.#target, { collection: name, operation }, work),
      (request) => explainCall(this.#target, name, request),
    );
  }

  /** Its accounts: login, register, refresh, me, changePassword, principalOf. */
  get auth(): DatabaseAuth {
    const { auth, defaultAuthCollection } = this.#target.core;
    return new DatabaseAuth((work) => runInDatabase(this.#target, {}, work), auth, defaultAuthCollection);
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
    return runInDatabase(this.#target, {}, (context) => runTransaction(context, this.#target.core.fleet.logger, work));
  }

  /**
   * What this database holds and does: bytes, records of each collection, what waits in line. For trusted code and
   * superusers; `forbidden` for anybody else.
   */
  stats(): ResultAsync<DatabaseStats, EngineError> {
    const { core, name, principal, refusal } = this.#target;
    return callEngine<DatabaseStats>(core, async () => {
      if (refusal) return err(refusal);
      if (principal && principal.kind !== "superuser") return err(forbidden());
      return databaseStats(core.fleet, name, (work) => runInDatabase(this.#target, {}, work));
    });
  }
}
