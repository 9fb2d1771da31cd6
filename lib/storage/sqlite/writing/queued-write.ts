// A write as it waits for its turn.
import type { EngineError } from "../../../base/errors.js";
import type { Outcome, Result } from "../../../base/result.js";
import type { Connection } from "../connections/connection.js";
import { isOverLimit } from "../connections/size-limit.js";
import type { StoreExecutor, WriteBatch, WriteOptions } from "../../storage.js";

/** What came of a write. Its type is known to whoever called. */
export type WriteOutcome = Result<unknown, EngineError>;

/** One that may share its transaction with others. */
export interface SharedWrite {
  readonly work: (db: StoreExecutor) => Outcome<unknown>;
  readonly options: WriteOptions;
  /** It shares its transaction with at most so many, itself counted. Default: no limit of its own. */
  readonly mostTogether?: number;
  /** Called once, when the write is durable or nothing of it is left. */
  readonly settle: (outcome: WriteOutcome) => void;
}

/** One that has the writer to itself. */
export interface ExclusiveWrite {
  readonly run: (connection: Connection) => Outcome<unknown>;
  readonly settle: (outcome: WriteOutcome) => void;
}

export type QueuedWrite = SharedWrite | ExclusiveWrite;

export const isShared = (write: QueuedWrite): write is SharedWrite => "work" in write;

/** What one turn on the writer came to. Every write of it stands in one of the two. */
export interface TurnEnd {
  readonly ended: ReadonlyMap<QueuedWrite, WriteOutcome>;
  /** What must run again, in its order. */
  readonly left: readonly SharedWrite[];
}

/** All end alike. */
export const endAll = (writes: readonly QueuedWrite[], outcome: WriteOutcome): TurnEnd => ({
  ended: new Map(writes.map((write) => [write, outcome])),
  left: [],
});

/**
 * What the database's limit refused runs again, half as many at a time: whatever was too much, in the end only those fail
 * that do not fit. Undefined when it was something else, or one write, which then does not fit.
 */
export function inHalves(writes: readonly SharedWrite[], error: EngineError): TurnEnd | undefined {
  if (writes.length < 2 || !isOverLimit(error)) return undefined;
  const mostTogether = Math.ceil(writes.length / 2);
  return { ended: new Map(), left: writes.map((write) => ({ ...write, mostTogether })) };
}

/** The batch of a write that has one. */
export const batchOf = (write: SharedWrite): WriteBatch<unknown> =>
  write.options.shortcut?.batch as WriteBatch<unknown>;

/** Where those end that go together with the one at `from`: at least one place further. */
export function endOfBatch(writes: readonly SharedWrite[], from: number): number {
  const key = writes[from]?.options.shortcut?.batch?.key;
  let end = from + 1;
  while (key !== undefined && writes[end]?.options.shortcut?.batch?.key === key) end += 1;
  return end;
}
