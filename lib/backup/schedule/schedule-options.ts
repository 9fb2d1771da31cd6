// When backups are made by themselves, and which, as a caller says it.
import { readCallOptions, type OptionKinds } from "../../base/call-options.js";
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Result } from "../../base/result.js";
import { readRetentionPolicy, type RetentionPolicy } from "../retention/retention-policy.js";
import { readCreateAll } from "../sets/create-all.js";
import { parseCron, type CronTimes } from "./cron-times.js";
import type { ScheduledRun } from "./run-summary.js";

/** What `backups.schedule` takes. */
export interface BackupScheduleOptions {
  /**
   * When all databases are backed up: a cron text of five parts (minute, hour, day of the month, month, day of the week), or of six with
   * seconds before them, e.g. `"0 3 * * *"` for three at night.
   */
  readonly cron: string;
  /** The time zone of the cron texts, e.g. `"Europe/Berlin"`. Default `"UTC"`. */
  readonly timezone?: string;
  /** Tells schedules apart; one of the same name is replaced. Default `"default"`. */
  readonly name?: string;
  /** Only these databases; the default database is added. Default: all. */
  readonly databases?: readonly string[];
  /** How many databases at once. Default 2, as `createAll`. */
  readonly concurrency?: number;
  /** What is kept: what it does not keep is removed after each backup that succeeded. Default: everything. */
  readonly policy?: RetentionPolicy;
  /** Whether the new set is put to a drill after each backup: the default database and ten others are restored into a scratch directory. Default false. */
  readonly drill?: boolean;
  /** Called after each run, of what came of it: the place to raise an alarm. What it throws is logged. */
  readonly onRun?: (run: ScheduledRun) => void;
}

/** A schedule that can be started. */
export interface ReadySchedule extends Omit<BackupScheduleOptions, "name"> {
  readonly name: string;
  readonly timezone: string;
  readonly times: CronTimes;
}

const kinds: OptionKinds<BackupScheduleOptions> = {
  cron: "any",
  timezone: "any",
  name: "any",
  databases: "any",
  concurrency: "any",
  policy: "any",
  drill: "boolean",
  onRun: "function",
};

/** `request_invalid` naming what is wrong. */
export function readSchedule(options: BackupScheduleOptions): Result<ReadySchedule, EngineError> {
  const read = readCallOptions(options, kinds);
  if (read.isErr()) return err(read.error);
  const { name = "default", timezone = "UTC", policy, ...rest } = read.value;
  // It stands in notes and logs.
  if (typeof name !== "string" || !/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/.test(name)) {
    const message = "name is 1 to 63 letters, digits, dashes and underscores, and starts with a letter or digit.";
    return refuse("request_invalid", { parameter: "name" }, { message });
  }
  const times = parseCron(rest.cron, timezone, "cron");
  if (times.isErr()) return err(times.error);
  const { databases, concurrency } = rest;
  const settings = readCreateAll({
    ...(databases ? { databases } : {}),
    ...(concurrency === undefined ? {} : { concurrency }),
  });
  if (settings.isErr()) return err(settings.error);
  if (policy !== undefined) {
    const checked = readRetentionPolicy(policy);
    if (checked.isErr()) return err(checked.error);
  }
  return ok({ ...rest, name, timezone, times: times.value, ...(policy === undefined ? {} : { policy }) });
}
