// Removes the databases that restores have replaced, when their time is over. Looked at when the engine opens, and after
// each restore and each backup: a process that does none of them has none to remove.
import type { BackupContext } from "../backup-context.js";

/** Never fails: what cannot be removed now is tried again the next time, and logged. */
export async function expireReplaced({ fleet, keepReplacedMs }: BackupContext): Promise<void> {
  const { storage, clock, logger } = fleet;
  const listed = await storage.listReplaced();
  if (listed.isErr()) {
    logger.warn({ err: listed.error }, "could not look for replaced databases whose time is over");
    return;
  }
  for (const entry of listed.value) {
    if (entry.replacedAt + keepReplacedMs > clock.now()) continue;
    const removed = await storage.removeReplaced(entry);
    if (removed.isErr())
      logger.warn({ err: removed.error, file: entry.location }, "a replaced database still takes room");
  }
}
