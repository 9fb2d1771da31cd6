// Which backups there are. One that cannot be read is listed as such and hides no other.
import pLimit from "p-limit";
import type { EngineError } from "../base/errors.js";
import { err, ok, type Outcome, type Result } from "../base/result.js";
import { checkDatabaseName } from "../databases/database-name.js";
import type { BackupContext } from "./backup-context.js";
import { describeBackup, describeDamaged, type BackupDescription } from "./describe-backup.js";
import { isBackupId, keysOf, prefixOfDatabase } from "./manifest/backup-id.js";
import { readManifest } from "./manifest/backup-manifest.js";
import { readProof } from "./manifest/backup-proof.js";

// An object store answers in some 20 ms: eight at once read 1,000 manifests in three seconds.
const readsAtOnce = 8;

/** Oldest first, by database and time of making. `database_name_invalid`, and what the store cannot do. */
export async function listBackups(
  { store, cleared }: BackupContext,
  database?: unknown,
): Outcome<readonly BackupDescription[]> {
  let prefix = "";
  if (database !== undefined) {
    const checked = checkDatabaseName(database);
    if (checked.isErr()) return err(checked.error);
    prefix = prefixOfDatabase(checked.value);
  }
  await cleared;
  const objects = await store.list(prefix);
  if (objects.isErr()) return err(objects.error);
  const keys = new Set(objects.value.map(({ key }) => key));
  const ids = [...new Set([...keys].map((key) => key.slice(0, key.indexOf("/"))))].filter(
    (id) => isBackupId(id) && keys.has(keysOf(id).manifest),
  );
  const limit = pLimit(readsAtOnce);
  const described = await Promise.all(
    ids.map((id) =>
      limit(async (): Promise<Result<BackupDescription | null, EngineError>> => {
        const manifest = await readManifest(store, id);
        if (manifest.isErr()) {
          const { error } = manifest;
          // Deleted since it was listed.
          if (error.is("backup_not_found")) return ok(null);
          return error.is("database_corrupt") ? ok(describeDamaged(id, error.details.reason)) : err(error);
        }
        const proof = keys.has(keysOf(id).proof) ? await readProof(store, id) : ok(null);
        return proof.isErr() ? err(proof.error) : ok(describeBackup(manifest.value, proof.value));
      }),
    ),
  );
  const failed = described.find((result) => result.isErr());
  if (failed?.isErr()) return err(failed.error);
  const found = described.flatMap((result) => (result.isOk() && result.value ? [result.value] : []));
  return ok(found.sort((a, b) => (a.id < b.id ? -1 : 1)));
}
