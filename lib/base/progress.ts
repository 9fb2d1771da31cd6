// How long work reports on itself, the same wherever work is long.

/** How far long work has come. */
export interface Progress {
  /** Parts finished, failed ones included. */
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  /** The part that was finished last, e.g. a database's name. */
  readonly current: string;
}

/** Called on the way. It must not throw; what it throws ends the work with `internal`. */
export type ProgressListener = (progress: Progress) => void;
