// What a caller is told of a backup.
import type { BackupManifest } from "./manifest/backup-manifest.js";
import type { BackupProof } from "./manifest/backup-proof.js";
import { databaseOfBackup } from "./manifest/backup-id.js";

/** One backup, as `backups.create` and `list` give it. */
export interface BackupDescription {
  readonly id: string;
  /** The name of the database that it was made of. */
  readonly database: string;
  /** `damaged`: its manifest cannot be read; it can be deleted and nothing else. */
  readonly status: "ready" | "damaged";
  /** Why it is damaged. */
  readonly reason?: string;
  /** Every write that was acknowledged before is in it. RFC 3339, UTC. Null when damaged, as all that the manifest tells. */
  readonly createdAt: string | null;
  /** Bytes that the store keeps. */
  readonly storedBytes: number | null;
  /** Bytes of the database file that it restores to. */
  readonly sizeBytes: number | null;
  readonly schemaVersion: number | null;
  /** When it was last found whole and usable, by `verify` or a drill. Null when it never was. */
  readonly provenAt: string | null;
  /** Why it was found unusable when it was last looked at. Null when it was not. */
  readonly problem: string | null;
}

export function describeBackup(manifest: BackupManifest, proof: BackupProof | null): BackupDescription {
  return {
    id: manifest.id,
    database: manifest.database.name,
    status: "ready",
    createdAt: manifest.createdAt,
    storedBytes: manifest.stored.sizeBytes,
    sizeBytes: manifest.copy.sizeBytes,
    schemaVersion: manifest.schemaVersion,
    provenAt: proof?.provenAt ?? null,
    problem: proof?.problem ?? null,
  };
}

export function describeDamaged(id: string, reason: string): BackupDescription {
  const unknown = { createdAt: null, storedBytes: null, sizeBytes: null, schemaVersion: null };
  return { id, database: databaseOfBackup(id), status: "damaged", reason, ...unknown, provenAt: null, problem: reason };
}
