// The schedules of one engine: started, told, stopped. What is kept of them between its runs is one note.
import { createAjv } from "../../base/json-schema.js";
import { err, ok, refuse, type Outcome } from "../../base/result.js";
import pLimit from "p-limit";
import type { BackupContext } from "../backup-context.js";
import type { LocalNotes } from "../local-notes.js";
import { readSchedule, type BackupScheduleOptions, type ReadySchedule } from "./schedule-options.js";
import type { ScheduledBackup, ScheduledRun } from "./run-summary.js";
import { runScheduled, type DrillCall } from "./scheduled-run.js";
import { TimedJob, type JobNote, type JobStatus } from "./timed-job.js";

/** How a schedule stands. */
export interface BackupScheduleStatus extends JobStatus<ScheduledBackup> {
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
}

const note = "backup-schedules";
const schema = {
  type: "object",
  additionalProperties: {
    type: "object",
    properties: { seenUntil: { type: "string", format: "date-time" }, lastRun: { type: ["object", "null"] } },
    required: ["seenUntil", "lastRun"],
  },
};

interface Running {
  readonly schedule: ReadySchedule;
  readonly job: TimedJob<ScheduledBackup>;
}

export class BackupSchedules {
  readonly #context: BackupContext;
  readonly #notes: LocalNotes;
  readonly #drill: DrillCall;
  readonly #running = new Map<string, Running>();
  /** One after the other: two at once would only hold each other up. */
  readonly #turn = pLimit(1);
  /** Of schedules that are not started in this run of the engine, too. */
  #kept: Promise<Record<string, JobNote<ScheduledBackup>>> | undefined;
  #isStopped = false;

  constructor(context: BackupContext, notes: LocalNotes, drill: DrillCall) {
    this.#context = context;
    this.#drill = drill;
    this.#notes = notes;
  }

  /** Starts one, in the place of another of its name. `request_invalid` naming what is wrong. */
  async start(options: BackupScheduleOptions): Outcome<BackupScheduleStatus> {
    const read = readSchedule(options);
    if (read.isErr()) return err(read.error);
    const schedule = read.value;
    const { name, times, onRun } = schedule;
    await this.#running.get(name)?.job.stop();
    const kept = await this.#allKept();
    const { clock, logger } = this.#context.fleet;
    const job = new TimedJob<ScheduledBackup>(
      {
        name,
        times,
        clock,
        logger,
        work: (signal) => this.#turn(() => runScheduled(this.#context, schedule, { signal, drill: this.#drill })),
        keep: async (one) => {
          kept[name] = one;
          await this.#notes.write(note, kept);
        },
        onRun: (run) => onRun?.({ schedule: name, ...run } satisfies ScheduledRun),
      },
      kept[name],
    );
    // Closed while it was being read.
    if (this.#isStopped) return refuse("engine_closed", {});
    this.#running.set(name, { schedule, job });
    await job.start();
    return ok(statusOf({ schedule, job }));
  }

  /** All that are started, by name. */
  get statuses(): readonly BackupScheduleStatus[] {
    return [...this.#running.values()].map(statusOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Ends one for good: it leaves no moments to be made up for. */
  async end(name: string): Promise<boolean> {
    const running = this.#running.get(name);
    if (running === undefined) return false;
    this.#running.delete(name);
    await running.job.stop();
    const kept = await this.#allKept();
    delete kept[name];
    await this.#notes.write(note, kept);
    return true;
  }

  /** Stops all, as the engine is closed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#running.values()].map(({ job }) => job.stop()));
  }

  #allKept(): Promise<Record<string, JobNote<ScheduledBackup>>> {
    return (this.#kept ??= this.#notes.read(note).then((found) => {
      const isReadable = createAjv().compile(schema)(found);
      return isReadable ? { ...(found as Record<string, JobNote<ScheduledBackup>>) } : {};
    }));
  }
}

const statusOf = ({ schedule: { name, cron, timezone }, job }: Running): BackupScheduleStatus => ({
  name,
  cron,
  timezone,
  ...job.status,
});
