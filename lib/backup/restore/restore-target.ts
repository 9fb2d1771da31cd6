// Under which name a backup may be restored.
import { err, ok, refuse, type Outcome } from "../../base/result.js";
import { checkTenantName, isReservedName } from "../../databases/database-name.js";
import type { BackupContext } from "../backup-context.js";
import type { BackupManifest } from "../manifest/backup-manifest.js";

/**
 * The name that the database will have: its own, or `as`, which must be free. `database_reserved` also for a backup of a
 * reserved database: the schema log and the register of a running engine cannot be exchanged under it.
 */
export async function checkTarget({ fleet }: BackupContext, manifest: BackupManifest, as: unknown): Outcome<string> {
  const { name } = manifest.database;
  if (isReservedName(name)) {
    const message = `"${name}" holds the engine's own records: it is restored by restoreAll, with its set, into a fresh directory.`;
    return refuse("database_reserved", { name }, { message });
  }
  if (as === undefined) return ok(name);
  const target = checkTenantName(as);
  if (target.isErr()) return err(target.error);
  const entry = await fleet.storage.stat(target.value);
  if (entry.isErr()) return err(entry.error);
  return entry.value ? refuse("database_exists", { name: target.value }) : ok(target.value);
}
