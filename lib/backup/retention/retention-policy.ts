// How many backups are kept, as a caller says it.
import { readCallOptions, type OptionKinds } from "../../base/call-options.js";
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Result } from "../../base/result.js";

/**
 * What to keep of each database's backups, and of the sets. Each number keeps on its own; a backup goes when none keeps it. Days, weeks (from
 * Monday on) and months are those of UTC, and only those count in which there is a backup.
 *
 * @example
 * ```ts
 * const policy = { keepLast: 3, keepDaily: 7, keepWeekly: 4, keepMonthly: 12 };
 * ```
 */
export interface RetentionPolicy {
  /** The newest so many. */
  readonly keepLast?: number;
  /** The newest of each of the last so many days. */
  readonly keepDaily?: number;
  /** The newest of each of the last so many weeks. */
  readonly keepWeekly?: number;
  /** The newest of each of the last so many months. */
  readonly keepMonthly?: number;
}

const policyKinds: OptionKinds<RetentionPolicy> = {
  keepLast: "any",
  keepDaily: "any",
  keepWeekly: "any",
  keepMonthly: "any",
};

/** `request_invalid` naming what is wrong; also for a policy that keeps nothing, which is more likely a slip than a wish. */
export function readRetentionPolicy(policy: RetentionPolicy): Result<Required<RetentionPolicy>, EngineError> {
  const read = readCallOptions(policy, policyKinds);
  if (read.isErr()) return err(read.error);
  const { keepLast = 0, keepDaily = 0, keepWeekly = 0, keepMonthly = 0 } = read.value;
  const complete = { keepLast, keepDaily, keepWeekly, keepMonthly };
  for (const [name, count] of Object.entries(complete)) {
    if (!Number.isSafeInteger(count) || count < 0) return invalid(name, `${name} is a whole number of at least 0.`);
  }
  if (Object.values(complete).every((count) => count === 0)) {
    const names = Object.keys(policyKinds).join(", ");
    return invalid("policy", `A policy says how many backups to keep: give at least one of ${names}.`);
  }
  return ok(complete);
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
