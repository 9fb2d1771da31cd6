// Backups as files: <directory>/<backup>/<part>. A file gets its name when it is whole and on the disk.
import { randomBytes } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { EngineError } from "../../base/errors.js";
import { translateFileError } from "../../base/file-errors.js";
import { type FileSystem, isErrno, nodeFileSystem } from "../../base/file-system.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { BackupStore, StoredObject } from "./backup-store.js";
import { onePiece } from "./one-piece.js";

/** Options of {@link createDirectoryStore}. */
export interface DirectoryStoreOptions {
  /** Made with mode 0700 at the first backup, if it is not there. */
  readonly directory: string;
  /**
   * Default: the machine's.
   *
   * @internal
   */
  readonly fileSystem?: FileSystem;
  /**
   * Nobody else writes here: at the first list everything is cleared that a crash has left. Default false.
   *
   * @internal
   */
  readonly isOwn?: boolean;
}

/**
 * A store of backups in a directory, files with mode 0600. Nothing is touched before its first use.
 *
 * @example
 * ```ts
 * const store = createDirectoryStore({ directory: "/mnt/backups" });
 * const engine = await TenantEngine.open({ backups: { store } });
 * ```
 */
export function createDirectoryStore(options: DirectoryStoreOptions): BackupStore {
  const { directory, fileSystem = nodeFileSystem, isOwn = false } = options;
  return new DirectoryStore(resolve(directory), fileSystem, isOwn);
}

const partPattern = /^[a-z0-9][a-z0-9._-]{0,127}$/;
/** Where files are made before they get their names. No key leads there: it starts with a dot. */
const unfinished = ".partial";
// A put of many gigabytes over a slow network file system is done by then.
const forgottenAfterMs = 7 * 24 * 60 * 60 * 1_000;

class DirectoryStore implements BackupStore {
  readonly #directory: string;
  readonly #files: FileSystem;
  #preparing: Promise<void> | undefined;
  /** Whether what a crash left has still to be cleared. */
  #isToClear: boolean;

  constructor(directory: string, files: FileSystem, isOwn: boolean) {
    this.#directory = directory;
    this.#files = files;
    this.#isToClear = isOwn;
  }

  put(key: string, content: AsyncIterable<Uint8Array>): Outcome<{ readonly sizeBytes: number }> {
    return outcome(async () => {
      const path = this.#pathOf(key);
      return this.#withPart(async (part) => {
        const sizeBytes = await this.#files.createFrom(part, content);
        let hasName = false;
        try {
          await this.#makeHome(path);
          await this.#giveName(part, path, key);
          hasName = true;
          await this.#files.unlink(part).catch(ignoreMissing);
          await this.#files.sync(dirname(path));
        } catch (thrown) {
          if (hasName) await this.#files.unlink(path).catch(() => undefined);
          // Where it holds other parts, it stays.
          await this.#files.removeDirectory(dirname(path)).catch(() => undefined);
          throw thrown;
        }
        return { sizeBytes };
      });
    });
  }

  replace(key: string, content: Uint8Array): Outcome<void> {
    return outcome(async () => {
      const path = this.#pathOf(key);
      await this.#withPart(async (part) => {
        await this.#files.createFrom(part, onePiece(content));
        await this.#makeHome(path);
        await this.#files.rename(part, path);
        await this.#files.sync(dirname(path));
      });
    });
  }

  get(key: string): Outcome<AsyncIterable<Uint8Array>> {
    return outcome(async () => {
      const path = this.#pathOf(key);
      const status = await this.#files.status(path);
      if (status?.kind !== "file") throw new EngineError("backup_not_found", { id: backupOf(key) });
      return translated(this.#files.read(path));
    });
  }

  list(prefix: string): Outcome<readonly StoredObject[]> {
    return outcome(async () => {
      if (this.#isToClear) await this.#clear();
      const found: StoredObject[] = [];
      for (const backup of await this.#namesIn(this.#directory)) {
        // A prefix may end within either part.
        if (!`${backup}/`.startsWith(prefix) && !prefix.startsWith(`${backup}/`)) continue;
        for (const part of await this.#namesIn(join(this.#directory, backup))) {
          const key = `${backup}/${part}`;
          if (!key.startsWith(prefix)) continue;
          const status = await this.#files.status(join(this.#directory, backup, part));
          if (status?.kind === "file") found.push({ key, sizeBytes: status.sizeBytes });
        }
      }
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    });
  }

  delete(key: string): Outcome<void> {
    return outcome(async () => {
      const path = this.#pathOf(key);
      const home = dirname(path);
      try {
        await this.#files.unlink(path);
      } catch (thrown) {
        if (isErrno(thrown, "ENOENT")) return;
        throw thrown;
      }
      try {
        await this.#files.removeDirectory(home);
        await this.#files.sync(this.#directory);
      } catch (thrown) {
        if (!isErrno(thrown, "ENOTEMPTY", "EEXIST", "ENOENT")) throw thrown;
        await this.#files.sync(home).catch(ignoreMissing);
      }
    });
  }

  #pathOf(key: string): string {
    const parts = key.split("/");
    if (parts.length !== 2 || !parts.every((part) => partPattern.test(part))) {
      throw new EngineError("request_invalid", { parameter: "key" }, { message: "A key is <backup>/<part>." });
    }
    return join(this.#directory, ...parts);
  }

  /** Lends a path for a file that is being made; what is left there afterwards is removed. */
  async #withPart<T>(work: (path: string) => Promise<T>): Promise<T> {
    this.#preparing ??= this.#prepare();
    await this.#preparing.catch((thrown: unknown) => {
      // The next call tries again.
      this.#preparing = undefined;
      throw thrown;
    });
    const path = join(this.#directory, unfinished, randomBytes(16).toString("hex"));
    try {
      return await work(path);
    } catch (thrown) {
      await this.#files.unlink(path).catch(() => undefined);
      throw thrown;
    }
  }

  /** Makes the directory, and clears what crashed half-way long ago: another engine may be writing here. */
  async #prepare(): Promise<void> {
    const place = join(this.#directory, unfinished);
    await this.#files.makeDirectory(place);
    for (const name of await this.#files.list(place)) {
      const path = join(place, name);
      const status = await this.#files.status(path);
      const isForgotten = status?.kind === "file" && Date.now() - status.modifiedMs > forgottenAfterMs;
      if (isForgotten) await this.#files.unlink(path).catch(ignoreMissing);
    }
  }

  /** Files that never got their names, and directories that never got a file. */
  async #clear(): Promise<void> {
    this.#isToClear = false;
    const place = join(this.#directory, unfinished);
    for (const name of await this.#namesIn(place)) await this.#files.unlink(join(place, name)).catch(ignoreMissing);
    for (const backup of await this.#namesIn(this.#directory)) {
      const home = join(this.#directory, backup);
      const isEmpty =
        (await this.#files.status(home))?.kind === "directory" && (await this.#namesIn(home)).length === 0;
      // Something else of somebody's may lie there: then it stays.
      if (isEmpty) await this.#files.removeDirectory(home).catch(() => undefined);
    }
  }

  async #makeHome(path: string): Promise<void> {
    await this.#files.makeDirectory(dirname(path));
    await this.#files.sync(this.#directory);
  }

  // A link instead of a rename, because a rename would replace what came under the name meanwhile. The part keeps its
  // first name.
  async #giveName(part: string, path: string, key: string): Promise<void> {
    try {
      await this.#files.link(part, path);
    } catch (thrown) {
      const isTaken = isErrno(thrown, "EEXIST") || (await this.#files.status(path)) !== null;
      if (isTaken) throw new EngineError("conflict", { id: backupOf(key) }, { cause: thrown });
      // Some file systems know no links.
      if (!isErrno(thrown, "EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP")) throw thrown;
      await this.#files.rename(part, path);
    }
  }

  /** Names that can be part of a key; none where there is no directory. */
  async #namesIn(directory: string): Promise<readonly string[]> {
    try {
      return (await this.#files.list(directory)).filter((name) => partPattern.test(name));
    } catch (thrown) {
      if (isErrno(thrown, "ENOENT", "ENOTDIR")) return [];
      throw thrown;
    }
  }
}

const backupOf = (key: string): string => key.split("/")[0] ?? "";

async function* translated(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (thrown) {
    throw translateFileError(thrown);
  }
}

function ignoreMissing(thrown: unknown): void {
  if (!isErrno(thrown, "ENOENT")) throw thrown;
}

async function outcome<T>(work: () => Promise<T>): Outcome<T> {
  try {
    return ok(await work());
  } catch (thrown) {
    return err(translateFileError(thrown));
  }
}
