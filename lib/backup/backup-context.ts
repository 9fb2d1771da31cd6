// What the operations on backups share. Data only; each operation stands in its own file.
import type { Fleet } from "../databases/fleet.js";
import type { BackupCodec } from "./codec/backup-codec.js";
import type { BackupMemory } from "./sets/backup-memory.js";
import type { BackupStore } from "./store/backup-store.js";

export interface BackupContext {
  readonly fleet: Fleet;
  readonly store: BackupStore;
  readonly codec: BackupCodec;
  /** Resolves when what a crash left in the store is removed: no backup is begun before. */
  readonly cleared: Promise<void>;
  /** Which backup holds a database as it is now. */
  readonly memory: BackupMemory;
  /** How long a database that a restore has replaced is kept, in milliseconds. */
  readonly keepReplacedMs: number;
}
