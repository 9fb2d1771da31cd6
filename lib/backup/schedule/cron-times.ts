// The one door to croner, which reads cron texts and reckons with time zones. Its timers are not used: time is the engine's.
import { Cron } from "croner";
import type { EngineError } from "../../base/errors.js";
import { ok, refuse, type Result } from "../../base/result.js";

/** The moments that a cron text means. */
export interface CronTimes {
  /** The first one after a moment, in ms since 1970; null when none is left. */
  next(afterMs: number): number | null;
}

/** `request_invalid` naming the parameter when the text or the time zone cannot be read, or never comes. */
export function parseCron(text: unknown, timezone: unknown, parameter: string): Result<CronTimes, EngineError> {
  // croner takes a date as well, which would come once and never again.
  const isCron = typeof text === "string" && /^(\S+(\s+\S+){4,5}|@\w+)$/.test(text.trim());
  if (!isCron)
    return invalid(parameter, `${parameter} is a cron text of five parts, e.g. "0 3 * * *" for three at night.`);
  if (typeof timezone !== "string")
    return invalid("timezone", 'timezone is the name of a time zone, e.g. "Europe/Berlin".');
  try {
    const cron = new Cron(text.trim(), { paused: true, mode: "5-or-6-parts", timezone });
    const next = (afterMs: number): number | null => cron.nextRun(new Date(afterMs))?.getTime() ?? null;
    return next(0) === null ? invalid(parameter, `"${text}" never comes.`) : ok({ next });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : "unknown";
    const isZone = /timezone|time zone/i.test(reason);
    return isZone
      ? invalid("timezone", `There is no time zone "${timezone.slice(0, 80)}".`)
      : invalid(parameter, `${parameter} cannot be read: ${reason.slice(0, 200)}`);
  }
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
