// Knows of each database whether it was written to, without opening it: by what passes through this process, and
// between its runs by what the file system says of the files.
import { randomBytes } from "node:crypto";
import type { FileStatus } from "../../../base/file-system.js";
import type { StoreFootprint } from "../../storage.js";
import type { DataDirectory } from "./data-directory.js";

/** What the file system says of a database's files. */
export interface FilesAtRest {
  /** Differs after any change of either file. */
  readonly mark: string;
  /** When the later one was changed, in ms since 1970. */
  readonly changedMs: number;
}

interface Sight {
  /** Another one after each write. */
  state: number;
  /** As last seen while nobody had them open, or before they were opened. Null after a write. */
  files: FilesAtRest | null;
  /** The mark as this run found it; null after a write. */
  found: string | null;
}

// File systems keep times in steps, the coarsest of two seconds (FAT): what is written within the same step as what was
// seen may look the same.
const settledAfterMs = 2_000;

export class Footprints {
  readonly #run = randomBytes(8).toString("hex");
  readonly #sights = new Map<string, Sight>();
  #states = 0;

  /** The files of a database that this process does not have open are like this. */
  see(name: string, files: FilesAtRest): void {
    const known = this.#sights.get(name);
    // Whoever changed them while nobody had them open, it was not this process.
    if (known?.files?.mark !== files.mark) {
      this.#states += 1;
      this.#sights.set(name, { state: this.#states, files, found: files.mark });
    } else known.files = files;
  }

  /** Something was, or may have been, written. */
  wrote(name: string): void {
    this.#states += 1;
    const known = this.#sights.get(name);
    if (known === undefined) this.#sights.set(name, { state: this.#states, files: null, found: null });
    else {
      known.state = this.#states;
      known.files = null;
      known.found = null;
    }
  }

  /** The last handle is gone and has merged the log: the files differ, their content does not. */
  closed(name: string, files: FilesAtRest | null): void {
    const known = this.#sights.get(name);
    if (known) known.files = files;
  }

  forget(name: string): void {
    this.#sights.delete(name);
  }

  get(name: string): StoreFootprint | null {
    const known = this.#sights.get(name);
    if (known === undefined) return null;
    const { state, files, found } = known;
    // The machine's own clock, because the file system's is.
    const ageMs = files === null ? 0 : Date.now() - files.changedMs;
    return {
      inRun: `${this.#run}:${state}`,
      asFound: found,
      atRest: files !== null && ageMs > settledAfterMs ? files.mark : null,
    };
  }
}

/** What the file system says now; null when there is no such database. Opens nothing. */
export async function filesAtRest({ files }: DataDirectory, path: string): Promise<FilesAtRest | null> {
  const [database, log] = await Promise.all([files.status(path), files.status(`${path}-wal`)]);
  return atRest(database, log);
}

/** The same of what was seen of the two files. */
export function atRest(database: FileStatus | null, log: FileStatus | null): FilesAtRest | null {
  if (database === null) return null;
  // An empty log comes and goes with every opening.
  const parts = log === null || log.sizeBytes === 0 ? [database] : [database, log];
  return {
    mark: parts
      .map(({ fingerprint, sizeBytes, modifiedMs, changedMs }) =>
        [fingerprint, sizeBytes, modifiedMs, changedMs].join(":"),
      )
      .join(" "),
    changedMs: Math.max(...parts.map(({ modifiedMs, changedMs }) => Math.max(modifiedMs, changedMs))),
  };
}
