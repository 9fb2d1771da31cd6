// Proves a backup: fetched whole, decoded, and opened as what comes from outside. The live database is not touched.
import { readCallOptions } from "../base/call-options.js";
import { formatTimestamp } from "../base/clock.js";
import type { ProgressListener } from "../base/progress.js";
import { err, ok, type Outcome } from "../base/result.js";
import { scopeOfDatabase } from "../databases/database-name.js";
import type { DetachedStore } from "../storage/storage.js";
import type { BackupContext } from "./backup-context.js";
import { checkBackupId } from "./delete-backup.js";
import { fetchBackup } from "./fetch-backup.js";
import { readManifest } from "./manifest/backup-manifest.js";
import { recordProof } from "./manifest/backup-proof.js";
import { examineCandidate } from "./restore/examine-candidate.js";

/** Options of `backups.verify`. */
export interface VerifyBackupOptions {
  /** Called on the way: `done` and `total` are bytes of the database, `current` is the backup's id. */
  readonly onProgress?: ProgressListener;
}

/** What was looked at in a backup that was found whole and usable. */
export interface VerifiedBackup {
  readonly id: string;
  readonly database: string;
  /** RFC 3339, UTC; `list` shows it from now on. */
  readonly provenAt: string;
  readonly schemaVersion: number;
  /** Bytes of the database. */
  readonly sizeBytes: number;
  /** Rows of each table, counted in the database and equal to the manifest's. */
  readonly rows: Readonly<Record<string, number>>;
  /** Why `restore` would refuse it in this data directory all the same, e.g. for a newer schema; null when it would not. */
  readonly obstacle: string | null;
}

/** `backup_not_found`; `database_corrupt` with the reason when it is damaged, which is noted too; what the store cannot do. */
export async function verifyBackup(
  context: BackupContext,
  id: unknown,
  options: VerifyBackupOptions = {},
): Outcome<VerifiedBackup> {
  const read = readCallOptions(options, { onProgress: "function" });
  if (read.isErr()) return err(read.error);
  const checked = checkBackupId(id);
  if (checked.isErr()) return err(checked.error);
  const verified = await prove(context, checked.value, read.value);
  const checkedAt = formatTimestamp(context.fleet.clock.now());
  if (verified.isErr()) {
    const { error } = verified;
    if (error.is("database_corrupt")) {
      // The finding is what the caller must hear; that it could not be noted would only hide it.
      void (await recordProof(context.store, checked.value, checkedAt, error.details.reason));
    }
    return err(error);
  }
  const noted = await recordProof(context.store, checked.value, checkedAt, null);
  return noted.isErr() ? err(noted.error) : ok({ ...verified.value, provenAt: checkedAt });
}

async function prove(
  context: BackupContext,
  id: string,
  options: VerifyBackupOptions,
): Outcome<Omit<VerifiedBackup, "provenAt">> {
  const manifest = await readManifest(context.store, id);
  if (manifest.isErr()) return err(manifest.error);
  const fetched = await fetchBackup(context, manifest.value, options);
  if (fetched.isErr()) return err(fetched.error);
  const { copy, rows } = fetched.value;
  const { schemaVersion, sizeBytes } = copy;
  const database = manifest.value.database.name;
  try {
    const obstacle = await obstacleIn(context, copy, database);
    return obstacle.map((obstacle) => ({ id, database, schemaVersion, sizeBytes, rows, obstacle }));
  } finally {
    await copy.discard();
  }
}

async function obstacleIn({ fleet }: BackupContext, copy: DetachedStore, database: string): Outcome<string | null> {
  const newest = fleet.schema.newest.version;
  if (copy.schemaVersion <= newest) return examineCandidate(fleet, copy, scopeOfDatabase(database));
  return ok(`it stands at schema version ${copy.schemaVersion}, the log of this data directory ends at ${newest}`);
}
