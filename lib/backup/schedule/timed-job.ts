// Work that is done at the moments of a cron text: once when moments were missed, never beside itself. Must never let an
// error get into a timer.
import { formatTimestamp, setTimer, type Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import type { CronTimes } from "./cron-times.js";

/** What one run came to. `Summary` is the work's own. */
export interface JobRun<Summary> {
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly summary: Summary;
}

/** What is kept of a job from one run of the engine to the next. */
export interface JobNote<Summary> {
  /** Up to here every moment has been seen to. RFC 3339, UTC. */
  readonly seenUntil: string;
  readonly lastRun: JobRun<Summary> | null;
}

/** How a job stands. */
export interface JobStatus<Summary> {
  /** RFC 3339, UTC; null when none is left. */
  readonly nextRunAt: string | null;
  readonly isRunning: boolean;
  readonly lastRun: JobRun<Summary> | null;
  /** Moments that passed while it was still running, since the engine was opened. */
  readonly overlaps: number;
}

export interface TimedJobParts<Summary> {
  readonly name: string;
  readonly times: CronTimes;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Gives what it came to, also when it failed; ends early when the signal says so. */
  readonly work: (signal: AbortSignal) => Promise<Summary>;
  /** Keeps the note for the next run of the engine. */
  readonly keep: (note: JobNote<Summary>) => Promise<void>;
  /** Hears of each run. */
  readonly onRun: (run: JobRun<Summary>) => void;
}

// The clock is looked at again at least so often: it may be turned, and the machine may sleep.
const longestSleepMs = 60_000;
// A job that runs for days past the moments of every second would count for ever.
const mostOverlaps = 1_000;

export class TimedJob<Summary> {
  readonly #parts: TimedJobParts<Summary>;
  readonly #stop = new AbortController();
  #seenUntil: number;
  #lastRun: JobRun<Summary> | null;
  #running: Promise<void> | undefined;
  #cancel: () => void = () => undefined;
  #overlaps = 0;

  /** `note`: what was kept when the engine last ran; undefined when nothing was. */
  constructor(parts: TimedJobParts<Summary>, note: JobNote<Summary> | undefined) {
    this.#parts = parts;
    const now = parts.clock.now();
    this.#seenUntil = note === undefined ? now : Date.parse(note.seenUntil);
    this.#lastRun = note?.lastRun ?? null;
  }

  /** Waits for the next moment; runs at once when one was missed. */
  async start(): Promise<void> {
    await this.#keep();
    this.#look();
  }

  get status(): JobStatus<Summary> {
    const next = this.#nextMoment();
    return {
      nextRunAt: next === null ? null : formatTimestamp(next),
      isRunning: this.#running !== undefined,
      lastRun: this.#lastRun,
      overlaps: this.#overlaps,
    };
  }

  /** No further run; one that is under way is told to end, and waited for. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancel();
    await this.#running;
  }

  #nextMoment(): number | null {
    const now = this.#parts.clock.now();
    // A clock that was wrong and has been put back must not silence the job until then.
    if (this.#seenUntil > now) this.#seenUntil = now;
    return this.#parts.times.next(this.#seenUntil);
  }

  #look(): void {
    if (this.#stop.signal.aborted || this.#running) return;
    const next = this.#nextMoment();
    if (next === null) return;
    const { clock } = this.#parts;
    const waitMs = next - clock.now();
    if (waitMs <= 0) this.#running = this.#run();
    else this.#cancel = setTimer(clock, Math.min(waitMs, longestSleepMs), () => this.#look());
  }

  async #run(): Promise<void> {
    const { clock, logger, name, work, onRun } = this.#parts;
    const startedAt = clock.now();
    try {
      const summary = await work(this.#stop.signal);
      const endedAt = clock.now();
      this.#lastRun = { startedAt: formatTimestamp(startedAt), endedAt: formatTimestamp(endedAt), summary };
      // One that was stopped has not done its work: it is missed, and done when the engine runs again.
      if (!this.#stop.signal.aborted) {
        this.#noteOverlaps(startedAt, endedAt);
        this.#seenUntil = endedAt;
      }
      await this.#keep();
      onRun(this.#lastRun);
    } catch (thrown) {
      // The work gives its failures; what is thrown is a bug, of ours or of a listener, and the job goes on.
      logger.error({ err: thrown, schedule: name }, "a scheduled backup ended in an unexpected error");
      this.#seenUntil = clock.now();
    } finally {
      this.#running = undefined;
      this.#look();
    }
  }

  #noteOverlaps(startedAt: number, endedAt: number): void {
    let passed = 0;
    for (let at = this.#parts.times.next(startedAt); at !== null && at <= endedAt; at = this.#parts.times.next(at)) {
      passed += 1;
      if (passed >= mostOverlaps) break;
    }
    if (passed === 0) return;
    this.#overlaps += passed;
    this.#parts.logger.warn(
      { schedule: this.#parts.name, passed },
      "a scheduled backup was still running when its next moment came; that one is left out",
    );
  }

  #keep(): Promise<void> {
    return this.#parts.keep({ seenUntil: formatTimestamp(this.#seenUntil), lastRun: this.#lastRun });
  }
}
