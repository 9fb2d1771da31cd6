// Removes a backup: its manifest first, for without it there is none.
import { err, ok, refuse, type Outcome } from "../base/result.js";
import { shownValue } from "../base/shown.js";
import type { BackupContext } from "./backup-context.js";
import { isBackupId, keysOf } from "./manifest/backup-id.js";

/** `backup_not_found`; a damaged one can be deleted too. */
export async function deleteBackup({ store }: BackupContext, id: unknown): Outcome<void> {
  const checked = checkBackupId(id);
  if (checked.isErr()) return err(checked.error);
  const keys = keysOf(checked.value);
  const found = await store.list(keys.manifest);
  if (found.isErr()) return err(found.error);
  if (found.value.length === 0) return backupNotFound(id);
  for (const key of [keys.manifest, keys.proof, keys.content]) {
    const deleted = await store.delete(key);
    if (deleted.isErr()) return err(deleted.error);
  }
  return ok(undefined);
}

/** The id itself; what cannot be one names no backup. */
export function checkBackupId(id: unknown) {
  return isBackupId(id) ? ok(id) : backupNotFound(id);
}

function backupNotFound(id: unknown) {
  const shown = shownValue(id);
  return refuse("backup_not_found", { id: shown }, { message: `There is no backup "${shown}".` });
}
