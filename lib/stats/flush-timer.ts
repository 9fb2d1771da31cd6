// Flushes the statistics over and over, one flush never beside another. Must never let an error get into a timer.
import { setTimer, type Clock } from "../base/clock.js";
import type { EngineError } from "../base/errors.js";
import type { Logger } from "../base/logger.js";
import type { Result } from "../base/result.js";
import type { FlushReport } from "./flush-stats.js";

export interface FlushTimerParts {
  /** From the end of one flush to the beginning of the next. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly flush: () => PromiseLike<Result<FlushReport, EngineError>>;
}

export class FlushTimer {
  readonly #parts: FlushTimerParts;
  #cancel: () => void = () => undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: FlushTimerParts) {
    this.#parts = parts;
    this.#wait();
  }

  /** Begins no further flush, and waits for the one that is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  }

  #wait(): void {
    const { clock, everyMs } = this.#parts;
    this.#cancel = setTimer(clock, everyMs, () => {
      this.#running = this.#flush().finally(() => {
        this.#running = undefined;
        if (!this.#isStopped) this.#wait();
      });
    });
  }

  async #flush(): Promise<void> {
    const { logger, flush } = this.#parts;
    try {
      const flushed = await flush();
      // Whoever stops it hears of that from the engine's own close.
      if (this.#isStopped) return;
      if (flushed.isErr()) logger.warn({ err: flushed.error }, "the statistics could not be written");
      else if (flushed.value.failed.length > 0) {
        const databases = flushed.value.failed.map(({ name }) => name);
        logger.warn({ databases }, "the statistics of some databases could not be written");
      }
    } catch (thrown) {
      logger.error({ err: thrown }, "the statistics could not be written");
    }
  }
}
