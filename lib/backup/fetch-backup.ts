// From a manifest to the database aside: every byte as promised, opened without trust, counted.
import { isDeepStrictEqual } from "node:util";
import type { ProgressListener } from "../base/progress.js";
import { err, ok, type Outcome } from "../base/result.js";
import type { EngineError } from "../base/errors.js";
import type { Fleet } from "../databases/fleet.js";
import type { DetachedStore } from "../storage/storage.js";
import type { BackupContext } from "./backup-context.js";
import { damagedBackup, type BackupSubject } from "./codec/backup-encoding.js";
import { asPromised, metered } from "./content-meter.js";
import { countRows } from "./count-rows.js";
import { keysOf } from "./manifest/backup-id.js";
import type { BackupManifest } from "./manifest/backup-manifest.js";

/** What fetching needs: a place to put the database aside, and where the backup is. */
export interface FetchContext extends Pick<BackupContext, "store" | "codec"> {
  readonly fleet: Pick<Fleet, "storage">;
}

/** A backup's database, aside; whoever fetched it discards it. */
export interface FetchedBackup {
  readonly copy: DetachedStore;
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * `database_corrupt` with the reason for content that is missing, damaged, cut off or another's, and for a file that is not
 * what this engine writes; what the store and the disk cannot do. After each of them nothing is left aside.
 */
export async function fetchBackup(
  { fleet, store, codec }: FetchContext,
  manifest: BackupManifest,
  { onProgress }: { readonly onProgress?: ProgressListener } = {},
): Outcome<FetchedBackup> {
  const { id, database, copy: promised, stored } = manifest;
  const subject = { id, database: database.name };
  const got = await store.get(keysOf(id).content);
  if (got.isErr()) {
    return err(got.error.is("backup_not_found") ? damagedBackup(subject, "its content is missing") : got.error);
  }
  const kept = asPromised(got.value, stored, subject, "the stored content");
  const decoded = codec.decode(kept, { subject, encoding: stored.encoding, sizeBytes: promised.sizeBytes });
  const whole = asPromised(decoded, promised, subject, "the database in it");
  const told = metered(whole, (done) => onProgress?.({ done, total: promised.sizeBytes, failed: 0, current: id }));
  const received = await fleet.storage.receive(database.name, told.content);
  if (received.isErr()) return err(ofBackup(subject, received.error));
  const copy = received.value;
  const counted = await countAsPromised(copy, manifest);
  if (counted.isOk()) return ok({ copy, rows: counted.value });
  await copy.discard();
  return err(ofBackup(subject, counted.error));
}

async function countAsPromised(
  copy: DetachedStore,
  { id, database, schemaVersion, rows: promised }: BackupManifest,
): Outcome<Readonly<Record<string, number>>> {
  const damaged = (reason: string) => err(damagedBackup({ id, database: database.name }, reason));
  const { identity } = copy;
  const isThatDatabase =
    identity.id === database.id && identity.createdAt === database.createdAt && copy.schemaVersion === schemaVersion;
  if (!isThatDatabase) return damaged("the database in it is not the one that its manifest names");
  const rows = await countRows(copy);
  if (rows.isErr()) return err(rows.error);
  const isEqual = isDeepStrictEqual(rows.value, promised);
  return isEqual ? ok(rows.value) : damaged("the rows in it are not as many as its manifest says");
}

/** What was found wrong with the file, as the backup's. */
const ofBackup = (subject: BackupSubject, error: EngineError): EngineError =>
  error.is("database_corrupt") ? damagedBackup(subject, error.details.reason, error) : error;
