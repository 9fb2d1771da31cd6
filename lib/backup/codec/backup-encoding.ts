// How the content of a backup is stored: the words for it, which stand in manifests and must never change meaning.
import { EngineError } from "../../base/errors.js";

/** How the content is made smaller. `zstd` needs Node 22.15 or newer. */
export type BackupCompression = "none" | "gzip" | "zstd";

/** All compressions, in the order of their numbers in sealed backups. */
export const compressions: readonly BackupCompression[] = ["none", "gzip", "zstd"];

/** How the content is kept from other eyes. */
export type BackupSealing = "none" | "aes-256-gcm";

/** How the stored bytes of a backup come from the database's file: first compressed, then sealed. */
export interface BackupEncoding {
  readonly compression: BackupCompression;
  readonly encryption: BackupSealing;
}

/** Which backup some bytes belong to. What is sealed for one is refused for another. */
export interface BackupSubject {
  /** The backup's id. */
  readonly id: string;
  /** The name of the database that it was made of. */
  readonly database: string;
}

/** What every sign of damage ends in. */
export function damagedBackup({ id, database }: BackupSubject, reason: string, cause?: unknown): EngineError {
  const message = `Backup "${id}" of database "${database}" is damaged and cannot be used: ${reason}. Take another one.`;
  return new EngineError("database_corrupt", { name: database, reason }, { message, cause });
}
