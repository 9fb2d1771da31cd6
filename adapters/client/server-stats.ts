// What the server and its databases hold and do, as it tells superusers.

/** The server at one moment. Counts are since its engine was opened. */
export interface EngineStats {
  /** The version of the engine's package. */
  readonly version: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly uptimeMs: number;
  /** The newest version of the schema. */
  readonly schemaVersion: number;
  readonly databases: {
    /** The reserved ones too. */
    readonly total: number;
    /** Those that have yet to catch up with the schema, as far as they have been seen. */
    readonly behind: number;
  };
  /** The open databases, and how often they were opened and closed, with the reasons. */
  readonly pool: {
    readonly maxOpen: number;
    readonly open: number;
    readonly inUse: number;
    readonly opens: number;
    readonly failedOpens: number;
    readonly closes: Readonly<Record<string, number>>;
    readonly waiting: number;
    readonly waits: number;
    readonly refusals: number;
  };
  /** Calls into the store's own code: so many at once at most, running and waiting. */
  readonly nativeCalls: { readonly limit: number; readonly running: number; readonly waiting: number };
  /** Of the whole process, in bytes. Null while it cannot be measured. */
  readonly memory: {
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    readonly externalBytes: number;
  } | null;
}

/** One database at one moment. */
export interface DatabaseStats {
  readonly name: string;
  /** Bytes on disk, write-ahead log included. */
  readonly sizeBytes: number;
  /** The most bytes it may have, its write-ahead log not counted; null without a limit. */
  readonly maxBytes: number | null;
  /** RFC 3339, UTC. */
  readonly createdAt: string | null;
  readonly schemaVersion: number;
  /** Whether it has yet to catch up with the schema. */
  readonly isBehind: boolean;
  /** Whether it was open before this call. */
  readonly isOpen: boolean;
  /** When it was last lent out or given back; null when it was not open. */
  readonly lastUsedAt: string | null;
  /** Calls that were at work in it. */
  readonly leases: number;
  /** What waited in line in it. */
  readonly waiting: { readonly reads: number; readonly writes: number };
  /** Its live collections with the number of their live records. */
  readonly collections: Readonly<Record<string, { readonly records: number }>>;
}
