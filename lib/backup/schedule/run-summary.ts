// What is told and kept of the runs of a schedule. Plain data, because it outlives the engine.
import type { EngineError } from "../../base/errors.js";
import type { JobRun } from "./timed-job.js";

/** An error as it is told and kept: never its cause. */
export interface ToldError {
  readonly code: EngineError["code"];
  readonly message: string;
}

/** What a backup of all at its moment came to. */
export interface ScheduledBackup {
  /** `incomplete`: some databases failed, or the drill did. `failed`: there is no set. `stopped`: the engine was closed; it is made up for when it runs again. */
  readonly outcome: "done" | "incomplete" | "failed" | "stopped";
  /** The set that was made. */
  readonly set: string | null;
  readonly copied: number;
  readonly unchanged: number;
  /** Databases of which no backup could be made. */
  readonly failed: readonly ({ readonly name: string } & ToldError)[];
  /** What the drill came to: databases that were restored, and those that could not be. Null when there was none. */
  readonly drill: {
    readonly proven: number;
    readonly failed: readonly ({ readonly name: string } & ToldError)[];
  } | null;
  /** How many old backups and sets were removed. */
  readonly removed: number;
  /** What ended it, kept the old ones from being removed, or the drill from being held. */
  readonly error: ToldError | null;
}

/** One run of a schedule. */
export interface ScheduledRun extends JobRun<ScheduledBackup> {
  /** The schedule's name. */
  readonly schedule: string;
}
