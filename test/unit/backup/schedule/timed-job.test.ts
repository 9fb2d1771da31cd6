// When scheduled work is done: the clock is turned by hand, and the work ends when the test says so.
import { describe, expect, it } from "vitest";
import { silentLogger } from "../../../../lib/base/logger.js";
import { parseCron } from "../../../../lib/backup/schedule/cron-times.js";
import { TimedJob, type JobNote, type JobRun } from "../../../../lib/backup/schedule/timed-job.js";
import { turnedClock, type TurnedClock } from "../../../support/turned-clock.js";
import { refusalOf, valueOf } from "../../../support/unwrap.js";

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const noon = Date.UTC(2026, 10, 25, 12);

/** A job whose work ends when it is told to. */
function setUp(cron: string, options: { clock?: TurnedClock; note?: JobNote<string>; timezone?: string } = {}) {
  const { clock = turnedClock(noon), note, timezone = "UTC" } = options;
  const notes: JobNote<string>[] = [];
  const runs: JobRun<string>[] = [];
  const begun: string[] = [];
  const ends: ((summary: string) => void)[] = [];
  const warnings: string[] = [];
  let isAborted = false;
  const job = new TimedJob<string>(
    {
      name: "test",
      times: valueOf(parseCron(cron, timezone, "cron")),
      clock,
      logger: { ...silentLogger, warn: (_, message = "") => warnings.push(message) },
      work: (signal) => {
        begun.push(new Date(clock.now()).toISOString());
        return new Promise((resolve) => {
          ends.push(resolve);
          signal.addEventListener("abort", () => {
            isAborted = true;
            resolve("stopped");
          });
        });
      },
      keep: async (one) => void notes.push(one),
      onRun: (run) => runs.push(run),
    },
    note,
  );
  /** Lets the oldest run end, and waits until the job has seen it. */
  const end = async (summary = "done"): Promise<void> => {
    const before = runs.length;
    ends.shift()!(summary);
    await expect.poll(() => runs.length).toBe(before + 1);
    await Promise.resolve();
  };
  return { clock, job, notes, runs, begun, end, warnings, isAborted: () => isAborted };
}

describe("a timed job", () => {
  it("runs at each moment, and no other", async () => {
    const { clock, job, begun, end } = setUp("30 12,18 * * *");
    await job.start();
    expect(job.status).toMatchObject({ nextRunAt: "2026-11-25T12:30:00.000Z", isRunning: false, lastRun: null });
    clock.turn(30 * minuteMs - 1);
    expect(begun).toEqual([]);
    clock.turn(1);
    expect(begun).toEqual(["2026-11-25T12:30:00.000Z"]);
    expect(job.status.isRunning).toBe(true);
    clock.turn(5 * minuteMs);
    await end();
    await expect
      .poll(() => job.status)
      .toEqual({
        nextRunAt: "2026-11-25T18:30:00.000Z",
        isRunning: false,
        lastRun: { startedAt: "2026-11-25T12:30:00.000Z", endedAt: "2026-11-25T12:35:00.000Z", summary: "done" },
        overlaps: 0,
      });
    clock.turn(6 * hourMs);
    expect(begun).toHaveLength(2);
    await end();
    clock.turn(dayMs - hourMs * 7);
    expect(begun).toHaveLength(2);
  });

  it("keeps to its time zone, in summer and winter", async () => {
    const clock = turnedClock(Date.UTC(2026, 9, 24, 12));
    const { job, begun, end } = setUp("0 3 * * *", { clock, timezone: "Europe/Berlin" });
    await job.start();
    for (let day = 0; day < 3; day += 1) {
      const before = begun.length;
      while (begun.length === before) clock.turn(10 * minuteMs);
      await end();
    }
    // The clocks go back on the 25th.
    expect(begun).toEqual(["2026-10-25T02:00:00.000Z", "2026-10-26T02:00:00.000Z", "2026-10-27T02:00:00.000Z"]);
  });

  it("leaves out the moments that come while it runs, and says so", async () => {
    const { clock, job, begun, end, warnings } = setUp("0 * * * *");
    await job.start();
    clock.turn(hourMs);
    clock.turn(2.5 * hourMs);
    expect(begun).toHaveLength(1);
    await end();
    await expect.poll(() => job.status).toMatchObject({ overlaps: 2, nextRunAt: "2026-11-25T16:00:00.000Z" });
    expect(begun).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    clock.turn(hourMs / 2);
    expect(begun).toHaveLength(2);
  });

  it("makes up once for whatever was missed while nothing ran", async () => {
    const note = { seenUntil: "2026-11-20T00:00:00.000Z", lastRun: null };
    const { clock, job, begun, end, notes } = setUp("0 3 * * *", { note });
    await job.start();
    expect(begun).toEqual(["2026-11-25T12:00:00.000Z"]);
    await end();
    await expect.poll(() => job.status.nextRunAt).toBe("2026-11-26T03:00:00.000Z");
    expect(notes.at(-1)!.seenUntil).toBe("2026-11-25T12:00:00.000Z");
    clock.turn(14 * hourMs);
    expect(begun).toHaveLength(1);
  });

  it("has missed nothing at its very first start, nor when the last moment was seen", async () => {
    for (const note of [undefined, { seenUntil: "2026-11-25T03:00:00.000Z", lastRun: null }]) {
      const { job, begun, notes } = setUp("0 3 * * *", note ? { note } : {});
      await job.start();
      expect(begun).toEqual([]);
      expect(notes).toHaveLength(1);
    }
  });

  it("counts a run that was cut off as missed", async () => {
    const { clock, job, notes, isAborted } = setUp("0 * * * *");
    await job.start();
    clock.turn(hourMs);
    await job.stop();
    expect(isAborted()).toBe(true);
    expect(clock.waiting).toBe(0);
    const after = setUp("0 * * * *", { note: notes.at(-1)!, clock: turnedClock(noon + hourMs + minuteMs) });
    await after.job.start();
    expect(after.begun).toHaveLength(1);
    expect(after.job.status.lastRun).toMatchObject({ summary: "stopped" });
  });

  it("runs no more once it is stopped", async () => {
    const { clock, job, begun } = setUp("0 * * * *");
    await job.start();
    await job.stop();
    clock.turn(dayMs);
    expect(begun).toEqual([]);
  });

  it("is not silenced by a clock that was wrong", async () => {
    const { clock, job, begun, end } = setUp("0 * * * *");
    await job.start();
    clock.set(Date.UTC(2031, 0, 1));
    expect(begun).toHaveLength(1);
    await end();
    clock.set(noon + 10 * minuteMs);
    clock.turn(hourMs);
    // The timer was set for a minute of 2031: the machine's own would have rung by now.
    clock.set(Date.UTC(2031, 0, 1, 0, 2));
    clock.set(noon + 2 * hourMs);
    expect(Date.parse(job.status.nextRunAt!)).toBeLessThanOrEqual(noon + 3 * hourMs);
  });

  it("goes on after an unexpected error", async () => {
    const clock = turnedClock(noon);
    let runs = 0;
    const errors: unknown[] = [];
    const job = new TimedJob<string>(
      {
        name: "test",
        times: valueOf(parseCron("0 * * * *", "UTC", "cron")),
        clock,
        logger: { ...silentLogger, error: (facts) => errors.push(facts) },
        work: async () => {
          runs += 1;
          throw new Error("bug");
        },
        keep: async () => undefined,
        onRun: () => undefined,
      },
      undefined,
    );
    await job.start();
    for (let n = 1; n <= 3; n += 1) {
      clock.turn(hourMs);
      await expect.poll(() => job.status.isRunning).toBe(false);
      expect(runs).toBe(n);
    }
    expect(errors).toHaveLength(3);
  });
});

describe("a cron text", () => {
  it.each([
    ["cron", "61 * * * *", "UTC"],
    ["cron", "", "UTC"],
    ["cron", "0 3 * *", "UTC"],
    ["cron", "2026-12-01T00:00:00", "UTC"],
    ["cron", "0 0 30 2 *", "UTC"],
    ["cron", 7, "UTC"],
    ["timezone", "0 3 * * *", "Atlantis/Capital"],
    ["timezone", "0 3 * * *", 1],
  ])("is refused with the name of what is wrong: %s of %j in %j", (parameter, text, timezone) => {
    expect(refusalOf(parseCron(text, timezone, "cron"), "request_invalid").details.parameter).toBe(parameter);
  });

  it.each(["@daily", "0 3 * * *", "  0 3 * * MON-FRI ", "*/30 * * * * *"])("may be %j", (text) => {
    expect(valueOf(parseCron(text, "UTC", "cron")).next(noon)).toBeGreaterThan(noon);
  });
});
