// What concerns the whole server.
import { BackupSettings } from "./backup-settings.js";
import { callOptionNames, readOptions, type CallOptions } from "./call-options.js";
import type { ClientScope } from "./client-scope.js";
import { CollectionSettings } from "./collection-settings.js";
import { DatabaseSettings } from "./database-settings.js";
import { RuleSettings } from "./rule-settings.js";
import type { DatabaseStats, EngineStats } from "./server-stats.js";
import { checkedDatabaseName } from "./database-name.js";

/** What concerns the whole server. For superusers. */
export class Settings {
  readonly #scope: ClientScope;
  /** Which databases there are. */
  readonly databases: DatabaseSettings;
  /** The schema that all databases share. */
  readonly collections: CollectionSettings;
  /** Rules over whole databases. */
  readonly rules: RuleSettings;
  /** Copies of databases, and their way back. */
  readonly backups: BackupSettings;

  /** @internal */
  constructor(scope: ClientScope) {
    this.#scope = scope;
    this.databases = new DatabaseSettings(scope);
    this.collections = new CollectionSettings(scope);
    this.rules = new RuleSettings(scope);
    this.backups = new BackupSettings(scope);
  }

  /** What the server holds and does. */
  stats(): Promise<EngineStats>;
  /** What one of its databases holds and does. `database_not_found`. */
  stats(database: string, options?: CallOptions): Promise<DatabaseStats>;
  async stats(database?: string, options: CallOptions = {}): Promise<EngineStats | DatabaseStats> {
    const origin = this.#scope.origin();
    const read = readOptions(options, callOptionNames);
    const named = database === undefined ? undefined : checkedDatabaseName(database);
    return this.#scope.call({ method: "GET", path: ["stats"], options: read }, { ...origin, database: named });
  }
}
