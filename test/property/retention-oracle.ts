// Retention said once more, as slowly and plainly as it can be: for each backup, is there a reason to keep it? Written
// from the words of the policy, with the calendar of Intl instead of arithmetic, so that both cannot be wrong alike.
import type { RetainedItem } from "../../lib/backup/retention/plan-retention.js";
import type { RetentionPolicy } from "../../lib/backup/retention/retention-policy.js";

const isNewer = (left: RetainedItem, right: RetainedItem): boolean => {
  const [a, b] = [new Date(left.createdAt).getTime(), new Date(right.createdAt).getTime()];
  return a > b || (a === b && left.id > right.id);
};

const calendar = new Intl.DateTimeFormat("en-CA", {
  timeZone: "UTC",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});
const dayOf = (item: RetainedItem): string => calendar.format(new Date(item.createdAt));
const monthOf = (item: RetainedItem): string => dayOf(item).slice(0, 7);
/** The Monday before or on it. */
function weekOf(item: RetainedItem): string {
  const date = new Date(item.createdAt);
  while (date.getUTCDay() !== 1) date.setUTCDate(date.getUTCDate() - 1);
  return calendar.format(date);
}

/** The ids that are to stay. */
export function keptByOracle(items: readonly RetainedItem[], policy: Required<RetentionPolicy>): readonly string[] {
  const stays = (item: RetainedItem): boolean => {
    const series = items.filter((other) => other.series === item.series);
    const newer = series.filter((other) => isNewer(other, item));
    const isKeptBy = (count: number, periodOf: (item: RetainedItem) => string): boolean => {
      const isNewestOfPeriod = newer.every((other) => periodOf(other) !== periodOf(item));
      return isNewestOfPeriod && new Set(newer.map(periodOf)).size < count;
    };
    return (
      newer.length < policy.keepLast ||
      isKeptBy(policy.keepDaily, dayOf) ||
      isKeptBy(policy.keepWeekly, weekOf) ||
      isKeptBy(policy.keepMonthly, monthOf) ||
      newer.length === 0 ||
      (item.isProven && !newer.some((other) => other.isProven))
    );
  };
  const own = items.filter(stays);
  return items
    .filter((item) => own.includes(item) || own.some(({ needs }) => needs?.includes(item.id)))
    .map(({ id }) => id);
}
