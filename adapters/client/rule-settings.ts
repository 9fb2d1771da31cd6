// Rules over whole databases, over HTTP. For superusers.
import { callOptionNames, readOptions, type CallOptions } from "./call-options.js";
import type { ClientScope } from "./client-scope.js";

/** What a caller may want to do with records. */
export type RecordOperation = "list" | "view" | "create" | "update" | "delete";

/** What {@link RuleSettings.create} takes. */
export interface DatabaseRuleDefinition {
  /** For people: what the rule is there for. */
  readonly name: string;
  /** A collection's name, or `"*"` for all; then the rule may ask about `@request` alone. */
  readonly collection: string;
  /** The expression. */
  readonly rule: string;
  /** The databases it covers. Default: all. */
  readonly databases?: readonly string[] | null;
  /** The operations it covers. Default: all. */
  readonly operations?: readonly RecordOperation[] | null;
}

/** A rule over whole databases. All that cover a request must hold, besides the collection's own. */
export interface DatabaseRule {
  readonly id: string;
  readonly name: string;
  readonly collection: string;
  readonly rule: string;
  /** null for all. */
  readonly databases: readonly string[] | null;
  /** null for all. */
  readonly operations: readonly RecordOperation[] | null;
}

/** `client.settings.rules`. */
export class RuleSettings {
  readonly #scope: ClientScope;

  /** @internal */
  constructor(scope: ClientScope) {
    this.#scope = scope;
  }

  /** Makes a rule. `validation_failed`, `rule_invalid` with the character and the reason, `collection_not_found`. */
  async create(definition: DatabaseRuleDefinition, options: CallOptions = {}): Promise<DatabaseRule> {
    const read = readOptions(options, callOptionNames);
    return this.#scope.call({ method: "POST", path: ["rules"], body: definition, options: read });
  }

  /** All rules, as they were made. */
  async list(options: CallOptions = {}): Promise<DatabaseRule[]> {
    return this.#scope.call({ method: "GET", path: ["rules"], options: readOptions(options, callOptionNames) });
  }

  /** One rule. `record_not_found`. */
  async get(id: string, options: CallOptions = {}): Promise<DatabaseRule> {
    return this.#scope.call({ method: "GET", path: ["rules", id], options: readOptions(options, callOptionNames) });
  }

  /** Changes the given settings. `record_not_found`, `validation_failed`, `rule_invalid`. */
  async update(id: string, change: Partial<DatabaseRuleDefinition>, options: CallOptions = {}): Promise<DatabaseRule> {
    const read = readOptions(options, callOptionNames);
    return this.#scope.call({ method: "PATCH", path: ["rules", id], body: change, options: read });
  }

  /** Removes a rule. Gives true. `record_not_found`. */
  async delete(id: string, options: CallOptions = {}): Promise<true> {
    const read = readOptions(options, callOptionNames);
    await this.#scope.call({ method: "DELETE", path: ["rules", id], answer: "nothing", options: read });
    return true;
  }
}
