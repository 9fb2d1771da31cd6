// Where everything of a data directory lies. Only here names become paths.
import { randomBytes } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { EngineError } from "../../../base/errors.js";
import type { Logger } from "../../../base/logger.js";
import type { FileSystem } from "../../../base/file-system.js";

const extension = ".db";

/** What SQLite may put beside a database. Part of it: never left behind, never adopted from another. */
export const companionSuffixes = ["-wal", "-shm", "-journal"] as const;

/** The layout of one data directory, and what is needed to work in it. */
export class DataDirectory {
  readonly path: string;
  readonly files: FileSystem;
  readonly logger: Logger;
  /** Where files are made before they get their names. Cleared at open. */
  readonly temporary: string;
  /** Where the file lies that new databases are copied from. Cleared at open. */
  readonly template: string;
  /** Where removed files wait for their end. Cleared at open. */
  readonly trash: string;
  /** Where a file waits that is about to take the place of a database: what lies here is a promise, kept at open. */
  readonly restoring: string;
  /** Where databases lie that another was put in the place of. Nothing clears it but their expiry. */
  readonly replaced: string;
  /** Where files go that lie in the way and are not ours to delete. */
  readonly quarantine: string;
  readonly lockFile: string;

  constructor(path: string, files: FileSystem, logger: Logger) {
    this.path = resolve(path);
    this.files = files;
    this.logger = logger;
    this.temporary = join(this.path, ".tmp");
    this.template = join(this.path, ".template");
    this.trash = join(this.path, ".trash");
    this.restoring = join(this.path, ".restoring");
    this.replaced = join(this.path, ".replaced");
    this.quarantine = join(this.path, ".quarantine");
    this.lockFile = join(this.path, ".lock");
  }

  /** The file of a database. Throws `database_name_invalid` for what is not one plain file name; callers have checked before. */
  databaseFile(name: string): string {
    const path = join(this.path, name + extension);
    const isPlain = dirname(path) === this.path && basename(path) === name + extension;
    if (!isPlain || name === "" || name.startsWith(".") || name.includes("\0")) {
      throw new EngineError("database_name_invalid", { name });
    }
    return path;
  }

  /** The database that a file name belongs to; null for files that are none. */
  static nameOf(fileName: string): string | null {
    return fileName.endsWith(extension) && !fileName.startsWith(".") ? fileName.slice(0, -extension.length) : null;
  }

  /** A path in one of the side directories that nobody else has. */
  static unique(directory: string, name: string): string {
    // 64 random bits: the directory is emptied at each open.
    return join(directory, `${name}.${randomBytes(8).toString("hex")}${extension}`);
  }

  /** Makes the directory and its side directories. Throws `storage_failed` when a link or file stands in place of one. */
  async prepare(): Promise<void> {
    const sides = [this.temporary, this.template, this.trash, this.restoring, this.replaced, this.quarantine];
    for (const directory of [this.path, ...sides]) {
      await this.files.makeDirectory(directory).catch((thrown: unknown) => {
        // EEXIST: something else stands there; the status below says so.
        if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")) throw thrown;
      });
      // The data directory itself may be a link; cleaning through a linked side directory would delete somebody's files.
      if (directory === this.path) continue;
      const status = await this.files.status(directory);
      if (status?.kind !== "directory") {
        const message = `${basename(directory)} in the data directory is not a directory; move it away.`;
        throw new EngineError("storage_failed", {}, { message });
      }
    }
  }
}
