// From a backup to a database that may take a place: aside, untrusted until its every table is what the schema makes, and
// then at the newest schema.
import type { EngineError } from "../../base/errors.js";
import type { ProgressListener } from "../../base/progress.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { scopeOfDatabase } from "../../databases/database-name.js";
import type { Fleet } from "../../databases/fleet.js";
import type { DetachedStore } from "../../storage/storage.js";
import { damagedBackup, type BackupSubject } from "../codec/backup-encoding.js";
import { fetchBackup, type FetchContext } from "../fetch-backup.js";
import type { BackupManifest } from "../manifest/backup-manifest.js";
import { examineCandidate } from "./examine-candidate.js";

/** What is needed beside: the schema that the database is to be held against. */
interface CandidateContext extends FetchContext {
  readonly fleet: Pick<Fleet, "storage" | "schema" | "logger">;
}

/**
 * Whoever fetched it discards it. What {@link fetchBackup} can end in; `conflict` for a backup of a newer schema than this data
 * directory's; `database_corrupt` for tables and indexes that the schema does not make.
 */
export async function fetchCandidate(
  context: CandidateContext,
  manifest: BackupManifest,
  options: { readonly onProgress?: ProgressListener } = {},
): Outcome<DetachedStore> {
  // Before the content, which may be large.
  const known = checkSchemaVersion(context, manifest);
  if (known.isErr()) return err(known.error);
  const fetched = await fetchBackup(context, manifest, options);
  if (fetched.isErr()) return err(fetched.error);
  const { copy } = fetched.value;
  const prepared = await prepareCandidate(context, { id: manifest.id, database: manifest.database.name }, copy);
  if (prepared.isOk()) return ok(copy);
  await copy.discard();
  return err(prepared.error);
}

/**
 * Examines a database from outside, and brings it to the newest schema. `database_corrupt` for tables and indexes that the schema
 * does not make.
 */
export async function prepareCandidate(
  { fleet }: CandidateContext,
  subject: BackupSubject,
  copy: DetachedStore,
): Outcome<void> {
  const { id, database } = subject;
  const newest = fleet.schema.newest.version;
  if (copy.schemaVersion > newest) return newerSchema(id, copy.schemaVersion, newest);
  const scope = scopeOfDatabase(database);
  const strange = await examineCandidate(fleet, copy, scope);
  if (strange.isErr()) return err(strange.error);
  if (strange.value !== null) return err(damagedBackup(subject, strange.value));
  const { target, statements } = fleet.schema.upgradeFrom(copy.schemaVersion, scope);
  const advanced = await copy.upgrade(target.version, statements);
  if (advanced.isOk()) return ok(undefined);
  if (advanced.error.code !== "unique_violation") return err(advanced.error);
  // As with a live database: it serves at its version, and follows when its records no longer clash.
  fleet.logger.warn({ backup: id, err: advanced.error }, "a backup's records do not allow the newest schema");
  return ok(undefined);
}

/** `conflict` when this data directory's log does not reach to the backup's schema. */
function checkSchemaVersion(
  { fleet }: CandidateContext,
  { id, schemaVersion }: BackupManifest,
): Result<void, EngineError> {
  const newest = fleet.schema.newest.version;
  if (schemaVersion <= newest) return ok(undefined);
  return newerSchema(id, schemaVersion, newest);
}

function newerSchema(id: string, version: number, newest: number): Result<never, EngineError> {
  const message = `The backup "${id}" was made at schema version ${version}, but the schema log of this data directory ends at ${newest}: it comes from another or a later installation. Restore it with the default database of its own time, by restoreAll into a fresh directory.`;
  return refuse("conflict", { id }, { message });
}
