// Removes what backups that a crash interrupted have left in a store that this engine alone writes to. Content without its
// manifest is no backup: nothing lists it, and nothing would ever remove it.
import type { Logger } from "../base/logger.js";
import { isBackupId, keysOf } from "./manifest/backup-id.js";
import type { BackupStore } from "./store/backup-store.js";

/** Before any backup is begun. Never fails: what cannot be removed now is tried again at the next open, and logged. */
export async function clearUnfinished(store: BackupStore, logger: Logger): Promise<void> {
  const objects = await store.list("");
  if (objects.isErr()) {
    logger.warn({ err: objects.error }, "could not look for unfinished backups");
    return;
  }
  const keys = new Set(objects.value.map(({ key }) => key));
  for (const key of keys) {
    const id = key.slice(0, key.indexOf("/"));
    if (!isBackupId(id) || keys.has(keysOf(id).manifest)) continue;
    const deleted = await store.delete(key);
    if (deleted.isErr()) logger.warn({ err: deleted.error, key }, "an unfinished backup still takes room");
    else logger.info({ key }, "removed what an unfinished backup had left");
  }
}
