// What the pool counts of itself: openings, closings with their reasons, and who had to wait. Read by statistics;
// it decides nothing.

/** Why an open database was closed. */
export type CloseReason =
  /** Unused for `idleCloseMs`. */
  | "idle"
  /** The least recently used one, because another needed its place. */
  | "cap"
  /** In use all the time while another waited for a place: it gave its own to the next in the line. */
  | "turn"
  /** Opened only for work that passes over all databases, such as `migrateAll`, and used by nobody else meanwhile. */
  | "passing"
  /** The system had no more file handles to give. */
  | "handles"
  /** For an exclusive hold, such as a delete. */
  | "hold"
  /** The engine closes. */
  | "shutdown";

/** The pool at one moment. Counts are since the engine was opened. */
export interface PoolFigures {
  /** The most that may be open at once. */
  readonly maxOpen: number;
  /** Open, or being opened. */
  readonly open: number;
  /** Open and lent out. */
  readonly inUse: number;
  readonly opens: number;
  /** Openings that ended in an error. */
  readonly failedOpens: number;
  readonly closes: Readonly<Record<CloseReason, number>>;
  /** Calls that wait for a place at this moment. */
  readonly waiting: number;
  /** Calls that had to wait for a place. */
  readonly waits: number;
  /** Calls that waited in vain and ended in `database_busy`. */
  readonly refusals: number;
}

/** The counts, as the pool keeps them. */
export class PoolCounters {
  opens = 0;
  failedOpens = 0;
  readonly closes: Record<CloseReason, number> = {
    ...{ idle: 0, cap: 0, turn: 0, passing: 0 },
    ...{ handles: 0, hold: 0, shutdown: 0 },
  };
  waiting = 0;
  waits = 0;
  refusals = 0;
}
