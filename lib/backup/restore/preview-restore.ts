// What a restore in place would change, told without changing anything: both databases are walked side by side by id.
import { readCallOptions } from "../../base/call-options.js";
import type { ProgressListener } from "../../base/progress.js";
import { err, ok, type Outcome } from "../../base/result.js";
import { scopeOfDatabase } from "../../databases/database-name.js";
import { leaseDatabase, type DatabaseBinding } from "../../databases/open/lease-database.js";
import { Catalog } from "../../schema/catalog.js";
import { standsIn } from "../../schema/database-scope.js";
import type { DetachedStore } from "../../storage/storage.js";
import type { BackupContext } from "../backup-context.js";
import { checkBackupId } from "../delete-backup.js";
import { readManifest } from "../manifest/backup-manifest.js";
import { compareRows, type RowReader } from "./compare-rows.js";
import { fetchCandidate } from "./fetch-candidate.js";
import { checkTarget } from "./restore-target.js";

/** Options of `backups.preview`. */
export interface PreviewRestoreOptions {
  /** Called on the way: `done` and `total` are bytes of the database, `current` is the backup's id. */
  readonly onProgress?: ProgressListener;
}

/** What would become of one collection's records, soft-deleted ones included. */
export interface CollectionPreview {
  readonly collection: string;
  /** In the backup alone: they would come back. */
  readonly added: number;
  /** In both, written or soft-deleted since. */
  readonly changed: number;
  /** In the database alone: they would go. */
  readonly removed: number;
  readonly unchanged: number;
}

/** What `backups.restore` would change. */
export interface RestorePreview {
  /** The backup's id. */
  readonly id: string;
  readonly database: string;
  /** False when there is no database of the name now: everything would be added. */
  readonly exists: boolean;
  /** By collection, in the order of the schema. */
  readonly collections: readonly CollectionPreview[];
}

/**
 * What {@link restoreBackup} in place can end in. The live database is read as it is meanwhile: writes during the
 * preview may or may not be counted.
 */
export async function previewRestore(
  context: BackupContext,
  id: unknown,
  options: PreviewRestoreOptions = {},
): Outcome<RestorePreview> {
  const read = readCallOptions(options, { onProgress: "function" });
  if (read.isErr()) return err(read.error);
  const checked = checkBackupId(id);
  if (checked.isErr()) return err(checked.error);
  const manifest = await readManifest(context.store, checked.value);
  if (manifest.isErr()) return err(manifest.error);
  const name = await checkTarget(context, manifest.value, undefined);
  if (name.isErr()) return err(name.error);
  const candidate = await fetchCandidate(context, manifest.value, read.value);
  if (candidate.isErr()) return err(candidate.error);
  try {
    return await compare(context, checked.value, name.value, candidate.value);
  } finally {
    await candidate.value.discard();
  }
}

async function compare(
  { fleet }: BackupContext,
  id: string,
  name: string,
  candidate: DetachedStore,
): Outcome<RestorePreview> {
  // All batches are of the same database, whatever becomes of the name.
  const binding: DatabaseBinding = { id: undefined };
  const present = await leaseDatabase(fleet, name, binding, async ({ catalog }) => ok(catalog));
  if (present.isErr() && present.error.code !== "database_not_found") return err(present.error);
  // One of the two may stand at an older version, because its records do not allow the newest.
  const nowAt = present.isOk() ? present.value : Catalog.empty;
  const backupAt = fleet.schema.at(candidate.schemaVersion);
  const live: RowReader = (work) => leaseDatabase(fleet, name, binding, ({ store }) => store.read(work));
  const backup: RowReader = (work) => candidate.read(work);
  const scope = scopeOfDatabase(name);
  const collections: CollectionPreview[] = [];
  for (const { id: collectionId, name: table, ...collection } of fleet.schema.newest.collections.values()) {
    if (collection.isDeleted || !standsIn(collection, scope)) continue;
    const compared = await compareRows(
      table,
      backupAt.withId(collectionId) && backup,
      nowAt.withId(collectionId) && live,
    );
    if (compared.isErr()) return err(compared.error);
    collections.push({ collection: table, ...compared.value });
  }
  return ok({ id, database: name, exists: present.isOk(), collections });
}
