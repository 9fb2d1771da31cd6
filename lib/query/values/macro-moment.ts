// What the time macros mean at a moment. All in UTC: a server's zone must not change which records a rule shows.
import { formatTimestamp } from "../../base/clock.js";
import type { MacroName } from "../language/expression.js";

/** The moment that a macro names, in the engine's form of timestamps. Ends are the last millisecond. */
export function macroMoment(name: MacroName, now: number): string {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const moments: Readonly<Record<MacroName, () => number>> = {
    now: () => now,
    todayStart: () => Date.UTC(year, month, day),
    todayEnd: () => Date.UTC(year, month, day + 1) - 1,
    monthStart: () => Date.UTC(year, month),
    monthEnd: () => Date.UTC(year, month + 1) - 1,
    yearStart: () => Date.UTC(year, 0),
    yearEnd: () => Date.UTC(year + 1, 0) - 1,
  };
  return formatTimestamp(moments[name]());
}
