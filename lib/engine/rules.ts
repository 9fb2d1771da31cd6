// engine.rules: rules over whole databases, besides those of the collections.
import type { DatabaseRule } from "../access/rule-book.js";
import type { EngineError } from "../base/errors.js";
import { ok, type Outcome, type ResultAsync } from "../base/result.js";
import {
  createDatabaseRule,
  deleteDatabaseRule,
  findDatabaseRule,
  updateDatabaseRule,
  type DatabaseRuleDefinition,
} from "../databases/rules/change-database-rules.js";
import { defaultDatabaseName } from "../databases/database-name.js";
import type { RecordContext } from "../records/record-context.js";
import { callEngine, runInDatabase, trustedTarget, type EngineCore } from "./run-in-database.js";

/**
 * Rules that cover whole databases. All that cover a request must hold, besides the collection's own rule: they narrow,
 * never widen. One that names the database (`@request.dbname`, also spelled `@request.data.dbname`) may let in users of
 * other databases. A change is in force when its call returns.
 */
export class Rules {
  readonly #core: EngineCore;

  /** @internal */
  constructor(core: EngineCore) {
    this.#core = core;
  }

  /**
   * Makes a rule. `validation_failed`, `rule_invalid` with the character and the reason, `collection_not_found`.
   *
   * @example
   * ```ts
   * await engine.rules.create({
   *   name: "Tenant access",
   *   collection: "*",
   *   rule: "@request.auth.tenantId = @request.data.dbname",
   * });
   * ```
   */
  create(definition: DatabaseRuleDefinition): ResultAsync<DatabaseRule, EngineError> {
    return this.#write((context) => createDatabaseRule(this.#core.fleet, context, definition));
  }

  /** All rules, as they were made. */
  list(): ResultAsync<readonly DatabaseRule[], EngineError> {
    return callEngine(this.#core, async () => ok(this.#core.fleet.rules.databaseRules));
  }

  /** One rule. `record_not_found`. */
  get(id: string): ResultAsync<DatabaseRule, EngineError> {
    return callEngine(this.#core, async () => findDatabaseRule(this.#core.fleet, id));
  }

  /** Changes the given settings. `record_not_found`, `validation_failed`, `rule_invalid`, `collection_not_found`. */
  update(id: string, change: Partial<DatabaseRuleDefinition>): ResultAsync<DatabaseRule, EngineError> {
    return this.#write((context) => updateDatabaseRule(this.#core.fleet, context, id, change));
  }

  /** Removes a rule. `record_not_found`. */
  delete(id: string): ResultAsync<void, EngineError> {
    return this.#write((context) => deleteDatabaseRule(this.#core.fleet, context, id));
  }

  #write<T>(work: (context: RecordContext) => Outcome<T>): ResultAsync<T, EngineError> {
    return runInDatabase(trustedTarget(this.#core, defaultDatabaseName), {}, (context) =>
      work({ ...context, mayWriteSystem: true }),
    );
  }
}
