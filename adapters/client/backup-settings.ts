// Backups of databases, over HTTP. For superusers.
import { callOptionNames, callOptionsOf, readOptions, type CallOptions, type OptionNames } from "./call-options.js";
import type { ClientScope } from "./client-scope.js";
import { checkedDatabaseName } from "./database-name.js";

/** One backup. What is null cannot be told of a damaged one. */
export interface BackupDescription {
  readonly id: string;
  /** The name of the database that it was made of. */
  readonly database: string;
  /** `damaged`: it can be deleted and nothing else. */
  readonly status: "ready" | "damaged";
  /** Why it is damaged. */
  readonly reason?: string;
  /** Every write that was acknowledged before is in it. RFC 3339, UTC. */
  readonly createdAt: string | null;
  /** Bytes that the store keeps. */
  readonly storedBytes: number | null;
  /** Bytes of the database file that it restores to. */
  readonly sizeBytes: number | null;
  readonly schemaVersion: number | null;
  /** When it was last found whole and usable. Null when it never was. */
  readonly provenAt: string | null;
  /** Why it was found unusable when it was last looked at. Null when it was not. */
  readonly problem: string | null;
}

/** What a restore has come to. */
export interface RestoredBackup {
  /** The backup's id. */
  readonly id: string;
  /** The name of the database that now holds the backup's records. */
  readonly database: string;
  readonly schemaVersion: number;
  /** What had the name before, kept for a while; null when nothing had. */
  readonly replaced: { readonly file: string; readonly expiresAt: string } | null;
}

/** Options of {@link BackupSettings.list}. */
export interface ListBackupsOptions extends CallOptions {
  /** Only backups of the database that has, or had, the name. Default: all. */
  readonly database?: string | undefined;
}

/** Options of {@link BackupSettings.restore}. */
export interface RestoreBackupOptions extends CallOptions {
  /** The name of a new database to make of the backup. Default: it takes the place of the database that it was made of. */
  readonly as?: string | undefined;
}

const listNames = { ...callOptionNames, database: true } as const satisfies OptionNames<ListBackupsOptions>;
const restoreNames = { ...callOptionNames, as: true } as const satisfies OptionNames<RestoreBackupOptions>;

/** `client.settings.backups`. A server without these routes answers `route_not_found`. */
export class BackupSettings {
  readonly #scope: ClientScope;

  /** @internal */
  constructor(scope: ClientScope) {
    this.#scope = scope;
  }

  /** Makes a backup of one database while it is in use. `database_not_found`, `storage_full`. */
  async create(database: string, options: CallOptions = {}): Promise<BackupDescription> {
    const read = readOptions(options, callOptionNames);
    const body = { database: checkedDatabaseName(database) };
    return this.#scope.call({ method: "POST", path: ["backups"], body, options: read });
  }

  /** All backups, or those of one database; by database, oldest first. */
  async list(options: ListBackupsOptions = {}): Promise<BackupDescription[]> {
    const { database, ...read } = readOptions(options, listNames);
    return this.#scope.call({ method: "GET", path: ["backups"], query: { database }, options: callOptionsOf(read) });
  }

  /**
   * A backup as it is kept, to be read as a stream (`response.body`) or whole (`response.blob()`). `signal` and `timeoutMs`
   * end it also while it is being read. `backup_not_found`.
   */
  async download(id: string, options: CallOptions = {}): Promise<Response> {
    const read = readOptions(options, callOptionNames);
    return this.#scope.call({ method: "GET", path: ["backups", id], answer: "response", options: read });
  }

  /** Puts a backup in the place of its database, or makes a new one of it. `backup_not_found`, `database_corrupt`, `database_exists`. */
  async restore(id: string, options: RestoreBackupOptions = {}): Promise<RestoredBackup> {
    const { as, ...read } = readOptions(options, restoreNames);
    const body = as === undefined ? {} : { as: checkedDatabaseName(as) };
    const path = ["backups", id, "restore"];
    return this.#scope.call({ method: "POST", path, body, options: callOptionsOf(read) });
  }

  /** Removes a backup for good. Gives true. `backup_not_found`. */
  async delete(id: string, options: CallOptions = {}): Promise<true> {
    const read = readOptions(options, callOptionNames);
    await this.#scope.call({ method: "DELETE", path: ["backups", id], answer: "nothing", options: read });
    return true;
  }
}
