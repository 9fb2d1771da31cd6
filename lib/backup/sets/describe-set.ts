// What a caller is told of a set of backups.
import type { BackupProof } from "../manifest/backup-proof.js";
import type { SetManifest } from "./set-manifest.js";

/** One set of backups, as `backups.listSets` gives it. */
export interface BackupSetDescription {
  readonly id: string;
  /** `damaged`: its manifest cannot be read; it can be deleted and nothing else. */
  readonly status: "ready" | "damaged";
  /** Why it is damaged. */
  readonly reason?: string;
  /** Every write that was acknowledged before is in it. RFC 3339, UTC. Null when damaged. */
  readonly createdAt: string | null;
  /** Whether it was made of some databases by name. */
  readonly isChosen: boolean;
  /** The databases that are in it, by name. */
  readonly databases: readonly string[];
  /** Those that should be in it: their backup failed. */
  readonly failed: readonly string[];
  /** Those whose backup was deleted since. */
  readonly missing: readonly string[];
  /** When a drill last restored from it. Null when none did. */
  readonly provenAt: string | null;
  /** Why the last drill could not. Null when it could. */
  readonly problem: string | null;
}

/** `isThere` tells whether the store still has a backup. */
export function describeSet(
  manifest: SetManifest,
  proof: BackupProof | null,
  isThere: (backup: string) => boolean,
): BackupSetDescription {
  return {
    id: manifest.id,
    status: "ready",
    createdAt: manifest.createdAt,
    isChosen: manifest.isChosen,
    databases: manifest.databases.map(({ name }) => name),
    failed: manifest.failed.map(({ name }) => name),
    missing: manifest.databases.filter(({ backup }) => !isThere(backup)).map(({ name }) => name),
    provenAt: proof?.provenAt ?? null,
    problem: proof?.problem ?? null,
  };
}

export function describeDamagedSet(id: string, reason: string): BackupSetDescription {
  const nothing = { isChosen: false, databases: [], failed: [], missing: [] };
  return { id, status: "damaged", reason, createdAt: null, ...nothing, provenAt: null, problem: reason };
}
