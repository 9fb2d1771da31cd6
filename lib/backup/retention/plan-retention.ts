// Which backups a policy keeps, and why. A pure function of what there is: must never look at a store or a clock.
import type { RetentionPolicy } from "./retention-policy.js";

/** Something of which old ones may go: a backup, or a set of them. */
export interface RetainedItem {
  readonly id: string;
  /** What its age is compared within: the database's name; sets are compared with sets. */
  readonly series: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** Whether a verification or a drill found it whole. */
  readonly isProven: boolean;
  /** What it cannot be restored without. */
  readonly needs?: readonly string[];
}

/** Why something is kept. */
export type RetentionReason = "last" | "daily" | "weekly" | "monthly" | "newest" | "proven" | "needed";

export interface RetentionPlan {
  /** All that stays, by id, with every reason. */
  readonly kept: ReadonlyMap<string, ReadonlySet<RetentionReason>>;
  /** All that goes, oldest first. */
  readonly removed: readonly string[];
}

const dayMs = 86_400_000;
// 1970-01-01 was a Thursday; weeks begin on Monday (ISO 8601).
const daysBeforeFirstMonday = 3;

const dayOf = ({ createdAt }: RetainedItem): number => Math.floor(Date.parse(createdAt) / dayMs);
const weekOf = (item: RetainedItem): number => Math.floor((dayOf(item) + daysBeforeFirstMonday) / 7);
const monthOf = ({ createdAt }: RetainedItem): string => createdAt.slice(0, "2026-11".length);

/**
 * Plans for each series on its own. Whatever the policy: the newest of a series stays, its newest proven one stays,
 * and what stays takes with it all that it needs.
 */
export function planRetention(items: readonly RetainedItem[], policy: Required<RetentionPolicy>): RetentionPlan {
  const kept = new Map<string, Set<RetentionReason>>();
  const keep = (id: string, reason: RetentionReason): void => {
    const reasons = kept.get(id);
    if (reasons) reasons.add(reason);
    else kept.set(id, new Set([reason]));
  };
  const newestFirst = [...items].sort(byAge).reverse();
  for (const series of groupsOf(newestFirst, (item) => item.series)) {
    for (const { id } of series.slice(0, policy.keepLast)) keep(id, "last");
    for (const { id } of newestOfPeriods(series, policy.keepDaily, dayOf)) keep(id, "daily");
    for (const { id } of newestOfPeriods(series, policy.keepWeekly, weekOf)) keep(id, "weekly");
    for (const { id } of newestOfPeriods(series, policy.keepMonthly, monthOf)) keep(id, "monthly");
    const [newest] = series;
    if (newest) keep(newest.id, "newest");
    const proven = series.find(({ isProven }) => isProven);
    if (proven) keep(proven.id, "proven");
  }
  const present = new Set(items.map(({ id }) => id));
  for (const { id, needs = [] } of items) {
    if (kept.has(id)) for (const needed of needs) if (present.has(needed)) keep(needed, "needed");
  }
  const removed = newestFirst.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
  return { kept, removed: removed.reverse() };
}

/** Two of one moment are told apart by their ids, so that the same backups always give the same plan. */
function byAge(left: RetainedItem, right: RetainedItem): number {
  return Date.parse(left.createdAt) - Date.parse(right.createdAt) || (left.id < right.id ? -1 : 1);
}

function newestOfPeriods(
  newestFirst: readonly RetainedItem[],
  count: number,
  periodOf: (item: RetainedItem) => number | string,
): readonly RetainedItem[] {
  return groupsOf(newestFirst, periodOf)
    .slice(0, count)
    .flatMap(([newest]) => newest ?? []);
}

/** Items of one key together, in the order in which the keys first come; Node 20 has no Map.groupBy. */
function groupsOf(
  items: readonly RetainedItem[],
  keyOf: (item: RetainedItem) => number | string,
): readonly (readonly RetainedItem[])[] {
  const groups = new Map<number | string, RetainedItem[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}
