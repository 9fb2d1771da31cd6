// A migration of all databases under way: the promise of its report, and a hold on it meanwhile.
import type { EngineError } from "../base/errors.js";
import { ResultAsync, type Result } from "../base/result.js";
import type { MigrationReport, MigrationRun, MigrationState } from "../databases/migrate-all.js";

/**
 * What `databases.migrateAll` gives: await it for the report, or watch and steer it before.
 *
 * @example
 * ```ts
 * const job = engine.databases.migrateAll({ databasesPerSecond: 50 });
 * job.pause();
 * console.log(job.state().databases.filter(({ state }) => state === "pending").length);
 * job.resume();
 * const report = await job;
 * ```
 */
export class MigrationJob extends ResultAsync<MigrationReport, EngineError> {
  readonly #run: MigrationRun;

  /** @internal */
  constructor(run: MigrationRun, report: PromiseLike<Result<MigrationReport, EngineError>>) {
    super(Promise.resolve(report));
    this.#run = run;
  }

  /** How far it is, database by database. Empty until it has looked which there are. */
  state(): MigrationState {
    return this.#run.state;
  }

  /** Begins no further database until {@link MigrationJob.resume}; what is under way is finished. */
  pause(): void {
    this.#run.pause();
  }

  /** Goes on after a pause. */
  resume(): void {
    this.#run.resume();
  }
}
