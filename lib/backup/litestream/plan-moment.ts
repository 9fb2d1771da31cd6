// To which moment a replica of Litestream can go back. Litestream itself refuses moments for which it has nothing, such as
// any after the last write; here they are brought to the nearest one before. Pure: runs nothing.
import type { EngineError } from "../../base/errors.js";
import { formatTimestamp } from "../../base/clock.js";
import { ok, refuse, type Result } from "../../base/result.js";

/** An unbroken stretch of a replica. */
export interface ReplicaGeneration {
  readonly name: string;
  /** Milliseconds since 1970, whole seconds: Litestream tells no more. */
  readonly startMs: number;
  readonly endMs: number;
}

/** What to restore. */
export interface PlannedMoment {
  readonly generation: string;
  /** Undefined: to the end of the generation. */
  readonly timestamp: string | undefined;
  /** What the restored state is of, at the latest. RFC 3339, UTC. */
  readonly restoredTo: string;
  /** Whether that is earlier than was asked for, because the replica has nothing later. */
  readonly isClamped: boolean;
}

const secondMs = 1_000;

/** The stretches in what `litestream snapshots` and `litestream wal` print. */
export function readGenerations(snapshots: string, wal: string): readonly ReplicaGeneration[] {
  const times = new Map<string, number[]>();
  const add = (text: string, columns: number): void => {
    for (const line of text.split("\n").slice(1)) {
      const parts = line.trim().split(/\s+/);
      const at = Date.parse(parts[columns - 1] ?? "");
      const name = parts[1];
      if (parts.length === columns && name !== undefined && !Number.isNaN(at))
        times.set(name, [...(times.get(name) ?? []), at]);
    }
  };
  // replica, generation, index, size, created; and with an offset before the size.
  add(snapshots, 5);
  add(wal, 6);
  return [...times].map(([name, all]) => ({ name, startMs: Math.min(...all), endMs: Math.max(...all) }));
}

/** `backup_not_found` when the replica has nothing at or before the moment. Without a moment: the newest state. */
export function planMoment(
  database: string,
  generations: readonly ReplicaGeneration[],
  atMs: number | undefined,
): Result<PlannedMoment, EngineError> {
  const begun = generations.filter(({ startMs }) => atMs === undefined || startMs <= atMs);
  const latest = begun.reduce<ReplicaGeneration | undefined>(
    (best, each) => (best === undefined || each.startMs > best.startMs ? each : best),
    undefined,
  );
  if (latest === undefined) {
    const first = Math.min(...generations.map(({ startMs }) => startMs));
    const known =
      generations.length === 0 ? "the replica holds nothing of it" : `the replica begins at ${formatTimestamp(first)}`;
    return refuse(
      "backup_not_found",
      { id: database },
      { message: `"${database}" cannot be restored to that moment: ${known}.` },
    );
  }
  const { name, endMs } = latest;
  // The end is told in whole seconds: what was written within the last one is in the generation's end.
  if (atMs === undefined || atMs >= endMs) {
    const isClamped = atMs !== undefined && atMs >= endMs + secondMs;
    return ok({ generation: name, timestamp: undefined, restoredTo: formatTimestamp(endMs), isClamped });
  }
  const timestamp = formatTimestamp(atMs);
  return ok({ generation: name, timestamp, restoredTo: timestamp, isClamped: false });
}
