// What a schedule does when its moment has come: a backup of all, then what the policy lets go.
import type { EngineError } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { toEngineError } from "../../base/result.js";
import type { BackupContext } from "../backup-context.js";
import { pruneBackups } from "../retention/prune-backups.js";
import { createAll } from "../sets/create-all.js";
import type { ReadySchedule } from "./schedule-options.js";
import type { ScheduledBackup, ToldError } from "./run-summary.js";

/** Never rejects: whatever goes wrong is in what it gives, and in the log. */
export async function runScheduled(
  context: BackupContext,
  { name, databases, concurrency, policy }: ReadySchedule,
  signal: AbortSignal,
): Promise<ScheduledBackup> {
  const { logger } = context.fleet;
  try {
    const chosen = { ...(databases ? { databases } : {}), ...(concurrency === undefined ? {} : { concurrency }) };
    const made = await createAll(context, { ...chosen, signal });
    if (made.isErr()) return ended(signal.aborted ? "stopped" : "failed", made.error, name, logger);
    const { set, copied, unchanged } = made.value;
    const failed = made.value.failed.map(({ name, error }) => ({ name, ...tell(error) }));
    for (const failure of made.value.failed) {
      logger.error(
        { err: failure.error, schedule: name, database: failure.name },
        "a scheduled backup of a database failed",
      );
    }
    const outcome = set === null ? "failed" : failed.length > 0 ? "incomplete" : "done";
    const summary: ScheduledBackup = { outcome, set, copied, unchanged, failed, removed: 0, error: null };
    // Without a new set nothing old may go.
    if (policy === undefined || set === null || signal.aborted) return summary;
    const pruned = await pruneBackups(context, policy);
    if (pruned.isOk()) {
      const [first] = pruned.value.failed;
      return { ...summary, removed: pruned.value.removed.length, error: first ? tell(first.error) : null };
    }
    logger.error({ err: pruned.error, schedule: name }, "old backups could not be removed");
    return { ...summary, error: tell(pruned.error) };
  } catch (thrown) {
    return ended("failed", toEngineError(thrown), name, logger, thrown);
  }
}

function ended(
  outcome: "failed" | "stopped",
  error: EngineError,
  schedule: string,
  logger: Logger,
  thrown: unknown = error,
): ScheduledBackup {
  if (outcome === "failed") logger.error({ err: thrown, schedule }, "a scheduled backup failed");
  return { outcome, set: null, copied: 0, unchanged: 0, failed: [], removed: 0, error: tell(error) };
}

const tell = ({ code, message }: EngineError): ToldError => ({ code, message });
