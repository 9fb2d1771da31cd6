// Small notes that the engine keeps for itself in the data directory, from one run to the next. Whoever reads one must be
// able to go on without it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { Logger } from "../base/logger.js";

/** Notes by name. */
export interface LocalNotes {
  /** What was noted last; undefined when nothing was, or when it cannot be read. */
  read(name: string): Promise<unknown>;
  /** Keeps a note whole, or the one before. A failure is logged: nobody's work depends on it. */
  write(name: string, note: unknown): Promise<void>;
}

/** Notes as files `.<name>.json` of a directory, with mode 0600. */
export function createLocalNotes(directory: string, logger: Logger): LocalNotes {
  const pathOf = (name: string): string => join(directory, `.${name}.json`);
  return {
    async read(name) {
      try {
        return JSON.parse(await readFile(pathOf(name), "utf8")) as unknown;
      } catch (thrown) {
        const isThere = (thrown as NodeJS.ErrnoException).code !== "ENOENT";
        if (isThere)
          logger.warn({ err: thrown, note: name }, "a note of the backups cannot be read; goes on without it");
        return undefined;
      }
    },
    async write(name, note) {
      try {
        await writeFileAtomic(pathOf(name), JSON.stringify(note), { mode: 0o600 });
      } catch (thrown) {
        logger.warn({ err: thrown, note: name }, "a note of the backups cannot be kept");
      }
    },
  };
}
