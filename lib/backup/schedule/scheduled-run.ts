// What a schedule does when its moment has come: a backup of all, then what the policy lets go.
import type { EngineError } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { toEngineError, type Outcome } from "../../base/result.js";
import type { BackupContext } from "../backup-context.js";
import { pruneBackups } from "../retention/prune-backups.js";
import { createAll } from "../sets/create-all.js";
import type { DrillReport } from "../sets/drill-set.js";
import type { ReadySchedule } from "./schedule-options.js";
import type { ScheduledBackup, ToldError } from "./run-summary.js";

/** Puts a set to a drill. */
export type DrillCall = (set: string) => Outcome<DrillReport>;

/** Never rejects: whatever goes wrong is in what it gives, and in the log. */
export async function runScheduled(
  context: BackupContext,
  schedule: ReadySchedule,
  { signal, drill }: { readonly signal: AbortSignal; readonly drill: DrillCall },
): Promise<ScheduledBackup> {
  const { name, databases, concurrency, policy } = schedule;
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
    let summary: ScheduledBackup = { ...nothing, outcome, set, copied, unchanged, failed };
    // Without a new set nothing old may go.
    if (set === null || signal.aborted) return summary;
    // Before anything goes: what is proven now is never removed.
    if (schedule.drill === true) summary = { ...summary, ...(await holdDrill(set, drill, name, logger, outcome)) };
    if (policy === undefined) return summary;
    const pruned = await pruneBackups(context, policy);
    if (pruned.isOk()) {
      const [first] = pruned.value.failed;
      return { ...summary, removed: pruned.value.removed.length, error: first ? tell(first.error) : summary.error };
    }
    logger.error({ err: pruned.error, schedule: name }, "old backups could not be removed");
    return { ...summary, error: tell(pruned.error) };
  } catch (thrown) {
    return ended("failed", toEngineError(thrown), name, logger, thrown);
  }
}

const nothing = { set: null, copied: 0, unchanged: 0, failed: [], drill: null, removed: 0, error: null } as const;

async function holdDrill(
  set: string,
  drill: DrillCall,
  schedule: string,
  logger: Logger,
  outcome: ScheduledBackup["outcome"],
): Promise<Partial<ScheduledBackup>> {
  const held = await drill(set);
  if (held.isErr()) {
    logger.error({ err: held.error, schedule }, "a scheduled drill failed: the new set cannot be restored");
    return { outcome: "incomplete", error: tell(held.error) };
  }
  const failed = held.value.failed.map(({ name, error }) => ({ name, ...tell(error) }));
  for (const { name, error } of held.value.failed) {
    logger.error({ err: error, schedule, database: name }, "a scheduled drill could not restore a database");
  }
  return { outcome: failed.length > 0 ? "incomplete" : outcome, drill: { proven: held.value.proven.length, failed } };
}

function ended(
  outcome: "failed" | "stopped",
  error: EngineError,
  schedule: string,
  logger: Logger,
  thrown: unknown = error,
): ScheduledBackup {
  if (outcome === "failed") logger.error({ err: thrown, schedule }, "a scheduled backup failed");
  return { ...nothing, outcome, error: tell(error) };
}

const tell = ({ code, message }: EngineError): ToldError => ({ code, message });
