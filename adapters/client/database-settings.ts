// Which databases the server has, over HTTP. For superusers.
import { callOptionNames, readOptions, type CallOptions } from "./call-options.js";
import type { ClientScope } from "./client-scope.js";

/** One database. */
export interface DatabaseDescription {
  readonly name: string;
  /** default, stats and workflows: there from the start, never created or deleted. */
  readonly reserved: boolean;
  /** Bytes on disk, write-ahead log included. */
  readonly sizeBytes: number;
  /** RFC 3339, UTC. Null for a foreign file. */
  readonly createdAt: string | null;
  /** The schema version when it was last touched. Null for a foreign file. */
  readonly schemaVersion: number | null;
  /** `foreign`: a file in the data directory that the engine did not make; every use of it is refused. */
  readonly status: "ready" | "foreign";
  /** Why a file is taken for foreign. */
  readonly reason?: string;
}

/** `client.settings.databases`. */
export class DatabaseSettings {
  readonly #scope: ClientScope;

  /** @internal */
  constructor(scope: ClientScope) {
    this.#scope = scope;
  }

  /**
   * Makes a database with every collection, empty. `maxBytes` is how large it may become; default: as the server says.
   * `database_name_invalid`, `database_exists`, `database_reserved`, `request_invalid`.
   */
  async create(
    definition: { readonly name: string; readonly maxBytes?: number | null },
    options: CallOptions = {},
  ): Promise<DatabaseDescription> {
    const read = readOptions(options, callOptionNames);
    return this.#scope.call({ method: "POST", path: ["databases"], body: definition, options: read });
  }

  /** All databases: default, stats and workflows first, then the others by name. */
  async list(options: CallOptions = {}): Promise<DatabaseDescription[]> {
    return this.#scope.call({ method: "GET", path: ["databases"], options: readOptions(options, callOptionNames) });
  }

  /** One database. `database_not_found`. */
  async get(name: string, options: CallOptions = {}): Promise<DatabaseDescription> {
    const read = readOptions(options, callOptionNames);
    return this.#scope.call({ method: "GET", path: ["databases", name], options: read });
  }

  /**
   * Changes how large a database may become, in bytes; null: as the server says. `database_not_found`, `database_reserved`,
   * `request_invalid`.
   */
  async update(
    name: string,
    change: { readonly maxBytes: number | null },
    options: CallOptions = {},
  ): Promise<DatabaseDescription> {
    const read = readOptions(options, callOptionNames);
    return this.#scope.call({ method: "PATCH", path: ["databases", name], body: change, options: read });
  }

  /** Removes a database with all its records, for good. Gives true. `database_not_found`, `database_reserved`. */
  async delete(name: string, options: CallOptions = {}): Promise<true> {
    const read = readOptions(options, callOptionNames);
    await this.#scope.call({ method: "DELETE", path: ["databases", name], answer: "nothing", options: read });
    return true;
  }
}
