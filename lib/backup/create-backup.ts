// Makes a backup: a snapshot aside, checked, counted and hashed, streamed into the store, and then its manifest. Until the
// manifest is there, there is no backup.
import { readCallOptions } from "../base/call-options.js";
import { formatTimestamp } from "../base/clock.js";
import type { ProgressListener } from "../base/progress.js";
import { err, ok, type Outcome } from "../base/result.js";
import { engineVersion } from "../base/version.js";
import { checkDatabaseName } from "../databases/database-name.js";
import { leaseDatabase } from "../databases/open/lease-database.js";
import type { DetachedStore, Store, StoreFootprint } from "../storage/storage.js";
import type { BackupContext } from "./backup-context.js";
import { metered } from "./content-meter.js";
import { countRows } from "./count-rows.js";
import { describeBackup, type BackupDescription } from "./describe-backup.js";
import { keysOf, newBackupId } from "./manifest/backup-id.js";
import { encodeManifest, type BackupManifest } from "./manifest/backup-manifest.js";
import { expireReplaced } from "./restore/expire-replaced.js";
import { onePiece } from "./store/one-piece.js";

/** Options of `backups.create`. */
export interface CreateBackupOptions {
  /** Called on the way: `done` and `total` are bytes of the database, `current` is its name. */
  readonly onProgress?: ProgressListener;
}

/**
 * `database_name_invalid`, `database_not_found`; `database_corrupt` when the database is damaged, and then there is no
 * backup; `storage_full` and the like of the disk or the store. After each of them nothing is left.
 */
export async function createBackup(
  context: BackupContext,
  database: unknown,
  options: CreateBackupOptions = {},
): Outcome<BackupDescription> {
  const read = readCallOptions(options, { onProgress: "function" });
  if (read.isErr()) return err(read.error);
  const checked = checkDatabaseName(database);
  if (checked.isErr()) return err(checked.error);
  const name = checked.value;
  const { fleet } = context;
  await context.cleared;
  const createdAt = formatTimestamp(fleet.clock.now());
  const copied = await leaseDatabase(fleet, name, undefined, ({ store }) => takeCopy(context, store));
  if (copied.isErr()) return err(copied.error);
  const { copy, footprint } = copied.value;
  await expireReplaced(context);
  try {
    const kept = await keep(context, copy, { name, createdAt, ...read.value });
    if (kept.isOk() && footprint !== null) {
      await context.memory.remember(name, { backup: kept.value.id, databaseId: copy.identity.id }, footprint);
    }
    return kept;
  } finally {
    await copy.discard();
  }
}

/** A copy with a footprint from before it: what is written while it is made counts as written after it. */
async function takeCopy(
  { fleet }: BackupContext,
  store: Store,
): Outcome<{ readonly copy: DetachedStore; readonly footprint: StoreFootprint | null }> {
  const footprint = await fleet.storage.footprint(store.name);
  if (footprint.isErr()) return err(footprint.error);
  return (await store.snapshot()).map((copy) => ({ copy, footprint: footprint.value }));
}

interface BackupRequest extends CreateBackupOptions {
  readonly name: string;
  readonly createdAt: string;
}

async function keep(
  { fleet, store, codec }: BackupContext,
  copy: DetachedStore,
  { name, createdAt, onProgress }: BackupRequest,
): Outcome<BackupDescription> {
  const rows = await countRows(copy);
  if (rows.isErr()) return err(rows.error);
  const id = newBackupId(name, fleet.newId);
  const keys = keysOf(id);
  const plain = metered(copy.content(), (done) =>
    onProgress?.({ done, total: copy.sizeBytes, failed: 0, current: name }),
  );
  const stored = metered(codec.encode(plain.content, { id, database: name }));
  const put = await store.put(keys.content, stored.content);
  if (put.isErr()) {
    // A store that broke off its answer may have kept it all the same.
    void (await store.delete(keys.content));
    return err(put.error);
  }
  const { identity, schemaVersion, format } = copy;
  const manifest: BackupManifest = {
    format: 1,
    id,
    createdAt,
    database: { name, ...identity },
    schemaVersion,
    madeWith: {
      engine: engineVersion,
      store: format.store,
      storeVersion: format.version,
      fileFormat: format.format,
    },
    rows: rows.value,
    copy: plain.mark(),
    stored: { ...stored.mark(), encoding: codec.encoding },
  };
  const written = await store.put(keys.manifest, onePiece(encodeManifest(manifest)));
  if (written.isOk()) return ok(describeBackup(manifest, null));
  // Nobody has seen it; what cannot be removed now is no backup, and is cleared with the unfinished ones.
  void (await store.delete(keys.content));
  return err(written.error);
}
