// The bytes of a backup as the store keeps them, for whoever takes them elsewhere. Decodes nothing: what is encrypted
// stays so.
import { err, ok, type Outcome } from "../base/result.js";
import type { BackupContext } from "./backup-context.js";
import { damagedBackup } from "./codec/backup-encoding.js";
import { asPromised } from "./content-meter.js";
import { checkBackupId } from "./delete-backup.js";
import { keysOf } from "./manifest/backup-id.js";
import { readManifest, type BackupManifest } from "./manifest/backup-manifest.js";

/** A backup on its way out. */
export interface BackupDownload {
  readonly id: string;
  /** The name of the database that it was made of. */
  readonly database: string;
  /** How many bytes {@link BackupDownload.content} gives. */
  readonly sizeBytes: number;
  /** SHA-256 of these bytes, 64 characters of [0-9a-f]. */
  readonly sha256: string;
  /**
   * The bytes, to be read once; the store is asked when reading begins. Throws an `EngineError` when it breaks off, and at its
   * end when the bytes are not those that were stored: only what was read to its end is the backup.
   */
  readonly content: AsyncIterable<Uint8Array>;
}

/** `backup_not_found`; `database_corrupt` when the content is missing or its manifest cannot be read; the store's failures. */
export async function downloadBackup(context: BackupContext, id: unknown): Outcome<BackupDownload> {
  const checked = checkBackupId(id);
  if (checked.isErr()) return err(checked.error);
  const manifest = await readManifest(context.store, checked.value);
  if (manifest.isErr()) return err(manifest.error);
  const { database, stored } = manifest.value;
  const key = keysOf(checked.value).content;
  const found = await context.store.list(key);
  if (found.isErr()) return err(found.error);
  if (!found.value.some((object) => object.key === key)) {
    return err(damagedBackup({ id: checked.value, database: database.name }, "its content is missing"));
  }
  const content = contentOf(context, manifest.value);
  return ok({
    id: checked.value,
    database: database.name,
    sizeBytes: stored.sizeBytes,
    sha256: stored.sha256,
    content,
  });
}

/** Opens nothing before somebody reads: an answer that is never sent must not hold a file open. */
async function* contentOf(
  { store }: BackupContext,
  { id, database, stored }: BackupManifest,
): AsyncGenerator<Uint8Array, void, undefined> {
  const got = await store.get(keysOf(id).content);
  if (got.isErr()) throw got.error;
  yield* asPromised(got.value, stored, { id, database: database.name }, "the stored content");
}
