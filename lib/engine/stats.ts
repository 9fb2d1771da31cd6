// engine.stats: what the engine and its databases hold and do.
import type { EngineError } from "../base/errors.js";
import { ok, type Outcome, type ResultAsync } from "../base/result.js";
import { databaseStats, type DatabaseStats } from "../stats/database-stats.js";
import { engineStats, type EngineStats } from "../stats/engine-stats.js";
import { FlushTimer } from "../stats/flush-timer.js";
import { flushStats, type FlushReport } from "../stats/flush-stats.js";
import { callEngine, runInDatabase, trustedTarget, type EngineCore } from "./run-in-database.js";

/** Figures of the engine and of single databases. */
export class Stats {
  readonly #core: EngineCore;
  readonly #startedAt: number;
  /** Who asks while one is under way gets its outcome. */
  #flushing: Outcome<FlushReport> | undefined;
  readonly #timer: FlushTimer | undefined;

  /** @internal */
  constructor(core: EngineCore, everyMs: number) {
    this.#core = core;
    const { clock, logger } = core.fleet;
    this.#startedAt = clock.now();
    if (everyMs > 0) this.#timer = new FlushTimer({ everyMs, clock, logger, flush: () => this.flush() });
  }

  /** @internal */
  async stop(): Promise<void> {
    await this.#timer?.stop();
  }

  /**
   * The engine's own figures: open databases, closings with their reasons, calls at work, memory. Opens nothing.
   *
   * @example
   * ```ts
   * const stats = await engine.stats.get();
   * if (stats.isOk()) console.log(stats.value.pool.open, stats.value.databases.behind);
   * ```
   */
  get(): ResultAsync<EngineStats, EngineError>;
  /** The figures of one database. Opens it to count its records. `database_name_invalid`, `database_not_found`, `database_corrupt`. */
  get(name: string): ResultAsync<DatabaseStats, EngineError>;
  /** Either of them. */
  get(name?: string): ResultAsync<EngineStats | DatabaseStats, EngineError>;
  get(name?: string): ResultAsync<EngineStats | DatabaseStats, EngineError> {
    return callEngine<EngineStats | DatabaseStats>(this.#core, async () => {
      if (name === undefined) return ok(engineStats(this.#core.fleet, this.#startedAt));
      const target = trustedTarget(this.#core, name);
      return databaseStats(this.#core.fleet, name, (work) => runInDatabase(target, {}, work));
    });
  }

  /**
   * Writes the figures of this moment into the collection `_stats`: the engine's into database `stats`, sizes and counts of
   * each tenant's database that is open into that database itself. The newest are kept, 50,000 of the engine's and 1,000 in
   * each tenant's; nothing is opened for it. Call it as often as you want to look back, e.g. once a minute, or let the
   * engine's option `statsFlushMs` do that.
   *
   * @returns what was written; a tenant whose samples could not be written is in `failed`.
   */
  flush(): ResultAsync<FlushReport, EngineError> {
    return callEngine(this.#core, () => {
      this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined));
      return this.#flushing;
    });
  }

  #flush(): Outcome<FlushReport> {
    const { fleet } = this.#core;
    return flushStats(fleet, engineStats(fleet, this.#startedAt), (name) => {
      const target = trustedTarget(this.#core, name);
      return (work) => runInDatabase(target, {}, work);
    });
  }
}
