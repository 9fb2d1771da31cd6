// What the engine is doing and has done. Read from memory alone: it opens no file and waits for nobody.
import { formatTimestamp } from "../base/clock.js";
import { engineVersion } from "../base/version.js";
import type { Fleet } from "../databases/fleet.js";
import type { PoolFigures } from "../databases/open/pool-figures.js";
import type { StorageLoad } from "../storage/storage.js";

/** An engine at one moment, as `engine.stats.get()` gives it. Counts are since it was opened. */
export interface EngineStats {
  /** The version of the package. */
  readonly version: string;
  /** When the engine was opened; RFC 3339, UTC. */
  readonly startedAt: string;
  readonly uptimeMs: number;
  /** The newest version of the schema. */
  readonly schemaVersion: number;
  readonly databases: {
    /** All that are registered, the reserved ones too. */
    readonly total: number;
    /** Those that have yet to catch up with the schema, as far as they have been seen. */
    readonly behind: number;
  };
  /** The open databases, and how often they were opened and closed, with the reasons. */
  readonly pool: PoolFigures;
  /** Calls into SQLite, over all engines of the process: so many at once at most, running and waiting. */
  readonly nativeCalls: StorageLoad["nativeCalls"];
  /** Of the whole process. Null while it cannot be measured: that takes a file descriptor. */
  readonly memory: MemoryStats | null;
}

/** The memory of a process, in bytes. */
export interface MemoryStats {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
}

/** `startedAt` in milliseconds since 1970. */
export function engineStats({ clock, schema, register, pool, storage }: Fleet, startedAt: number): EngineStats {
  const schemaVersion = schema.newest.version;
  return {
    version: engineVersion,
    startedAt: formatTimestamp(startedAt),
    uptimeMs: clock.now() - startedAt,
    schemaVersion,
    databases: { total: register.size, behind: register.countBehind(schemaVersion) },
    pool: pool.figures,
    nativeCalls: storage.load.nativeCalls,
    memory: measureMemory(),
  };
}

function measureMemory(): MemoryStats | null {
  try {
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rssBytes: rss, heapUsedBytes: heapUsed, externalBytes: external };
  } catch {
    // Where the process has none left, Node reads no /proc (measured: EMFILE). Statistics are wanted just then.
    return null;
  }
}
