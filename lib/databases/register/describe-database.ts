// What a caller is told of a database, without opening it.
import type { StoreEntry } from "../../storage/storage.js";
import { isReservedName } from "../database-name.js";
import type { RegisteredDatabase } from "./system-tables.js";

/** One database, as `databases.list`, `get` and `create` give it. */
export interface DatabaseDescription {
  readonly name: string;
  /** default, stats and workflows: there from the first open, never created or deleted. */
  readonly reserved: boolean;
  /** Bytes on disk, write-ahead log included. */
  readonly sizeBytes: number;
  /** RFC 3339, UTC. Null for a foreign file. */
  readonly createdAt: string | null;
  /** The schema version when it was last touched; lower than the newest while it has yet to catch up. Null for a foreign file. */
  readonly schemaVersion: number | null;
  /** `foreign`: a .db file in the data directory that this engine did not make; every use of it is refused. */
  readonly status: "ready" | "foreign";
  /** Why a file is taken for foreign. */
  readonly reason?: string;
}

export function describeRegistered(database: RegisteredDatabase, sizeBytes: number): DatabaseDescription {
  const { name, createdAt, schemaVersion } = database;
  return { name, reserved: isReservedName(name), sizeBytes, createdAt, schemaVersion, status: "ready" };
}

export function describeForeign(entry: StoreEntry, reason: string): DatabaseDescription {
  const { name, sizeBytes } = entry;
  return { name, reserved: false, sizeBytes, createdAt: null, schemaVersion: null, status: "foreign", reason };
}
