// Every setting of a connection, with its reason. Nothing else sets pragmas or limits, but for
// `user_version`, and `max_page_count` in size-limit.ts.
import type { DriverConnection, DriverLimit } from "../driver.js";

/** full: an acknowledged write survives power loss. normal: it survives the process, and power loss may take the last ones. */
export type Durability = "full" | "normal";

/** What a connection is for. */
export type ConnectionRole = "reader" | "writer" | "builder" | "snapshot" | "inspector";

/** The greatest text or blob, in bytes. A JavaScript string ends at 512 Mi characters: half of that is never cut. */
export const maxValueBytes = 268_435_456;

const limits: Readonly<Record<DriverLimit, number>> = {
  length: maxValueBytes,
  // The default, stated: an insert of 100 rows x 60 columns takes about 30,000 characters, 200 comparisons over
  // relations about 100,000.
  sqlLength: 1_000_000,
  // The parser builds chains of AND leaning left: 200 comparisons are 200 deep (measured: 240 fit under 250), and a
  // rule joins the filter. 1,000 leaves room for both.
  expressionDepth: 1_000,
  // The engine makes no compound selects of its own beyond a handful; multi-row VALUES do not count.
  compoundSelect: 50,
  // ATTACH is no part of the product. VACUUM INTO needs one (measured: refused under 0): the snapshot role has it.
  attached: 0,
  // LIKE costs pattern x text. A filter of 3,500 characters is at most 14,000 bytes of UTF-8.
  likePatternLength: 16_000,
  // There are no triggers; actions of foreign keys count as such.
  triggerDepth: 50,
};

/** Applies the limits. Only right after open: the library wedges the handle when work is queued. */
export function applyLimits(connection: DriverConnection, role: ConnectionRole): void {
  for (const [limit, value] of Object.entries(limits) as [DriverLimit, number][]) connection.setLimit(limit, value);
  if (role === "snapshot") connection.setLimit("attached", 1);
}

/** The pragmas of a connection as one script: one trip to the thread pool. */
export function pragmaScript(role: ConnectionRole, durability: Durability, isReplicated = false): string {
  const pragmas = [
    // Waiting happens in JavaScript: SQLite's own wait parks a thread of the pool (measured: four waiters kept the
    // holder's COMMIT from running for 3 s).
    "busy_timeout = 0",
    // Functions and virtual tables in a schema that somebody else may have written are not run.
    "trusted_schema = OFF",
    // Finds damaged cells when they are read, not when they are written on.
    "cell_size_check = ON",
    // An I/O error in a mapped page is a SIGBUS, which ends the process.
    "mmap_size = 0",
    "foreign_keys = ON",
  ];
  // Not a read-only handle: that leaves its -wal and -shm behind (measured), two files for each database listed.
  if (role === "inspector") return toScript([...pragmas, "query_only = ON"]);
  pragmas.push(
    // Readers beside the writer, and one fsync a commit.
    "journal_mode = WAL",
    // A file under construction is fsynced once, whole, before it gets its name.
    `synchronous = ${role === "builder" ? "OFF" : durability === "full" ? "FULL" : "NORMAL"}`,
    isReplicated
      ? // Litestream alone decides when the log is merged: a checkpoint that it has not seen makes it begin anew with a copy
        // of the whole database (measured: five copies in seven kills instead of two).
        "wal_autocheckpoint = 0"
      : // A burst leaves a large log behind; after the checkpoint it is cut to 8 MiB, twice what a checkpoint waits for.
        "journal_size_limit = 8388608",
    // Overwrites what is deleted where that costs no extra page write, so that deleted text does not linger.
    "secure_delete = FAST",
  );
  // A read that writes is a bug above; here it cannot slip past the writer's queue.
  if (role === "reader") pragmas.push("query_only = ON");
  return toScript(pragmas);
}

function toScript(pragmas: readonly string[]): string {
  return pragmas.map((pragma) => `PRAGMA ${pragma};`).join("\n");
}
