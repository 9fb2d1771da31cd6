// Makes a database aside and gives it its name when it is whole and on the disk: after a crash it is there completely
// or not at all. Never replaces what stands under the name.
import { basename, join } from "node:path";
import { EngineError } from "../../../base/errors.js";
import { isErrno } from "../../../base/file-system.js";
import type { StoreEntry } from "../../storage.js";
import { companionSuffixes, DataDirectory } from "./data-directory.js";

export interface NewFile {
  /** Makes the whole database at a free path, and lets go of it when it is on the disk. */
  readonly make: (path: string) => Promise<void>;
  /** Runs beside the last call to the disk; when it throws, the database is not made. */
  readonly alongside?: ((entry: StoreEntry) => Promise<void>) | undefined;
}

/**
 * Throws `database_exists` when the name is taken, whatever the work throws, and the file system's errors; after each of
 * them nothing of the new database is left.
 */
export async function createDatabaseFile(
  directory: DataDirectory,
  name: string,
  { make, alongside }: NewFile,
): Promise<StoreEntry> {
  const { files } = directory;
  const path = directory.databaseFile(name);
  const [taken, ...strays] = await Promise.all(["", ...companionSuffixes].map((suffix) => files.status(path + suffix)));
  if (taken !== null) throw new EngineError("database_exists", { name });
  const made = DataDirectory.unique(directory.temporary, name);
  let hasName = false;
  try {
    await make(made);
    const status = await files.status(made);
    if (status === null) throw vanished(name);
    const entry = { name, sizeBytes: status.sizeBytes, fingerprint: status.fingerprint };
    if (strays.some((stray) => stray !== null)) await quarantineStrays(directory, path);
    await giveName(directory, made, path, name);
    hasName = true;
    // Three waits at once; the first failure is told after all of them have ended.
    const ends = await Promise.allSettled([
      files.unlink(made).catch(ignoreMissing),
      files.sync(directory.path),
      alongside?.(entry),
    ]);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    return entry;
  } catch (thrown) {
    if (hasName) await attempt(directory, path);
    for (const suffix of ["", ...companionSuffixes]) await attempt(directory, made + suffix);
    throw thrown;
  }
}

// A link instead of a rename, because a rename would replace a file that came under the name meanwhile. The first name
// stays until the caller takes it away.
async function giveName(directory: DataDirectory, made: string, path: string, name: string): Promise<void> {
  const { files } = directory;
  try {
    await files.link(made, path);
  } catch (thrown) {
    if (isErrno(thrown, "EEXIST")) throw new EngineError("database_exists", { name }, { cause: thrown });
    // Some file systems know no links. The name was free a moment ago, and the directory is ours.
    if (!isErrno(thrown, "EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP")) throw thrown;
    if ((await files.status(path)) !== null) throw new EngineError("database_exists", { name });
    await files.rename(made, path);
  }
}

/** Where the file was renamed, its first name is gone already. */
function ignoreMissing(thrown: unknown): void {
  if (!isErrno(thrown, "ENOENT")) throw thrown;
}

const vanished = (name: string): EngineError =>
  new EngineError(
    "storage_failed",
    { name },
    { message: `The file of database "${name}" vanished while it was created.` },
  );

/** A log that lies under the name belongs to some other file; SQLite would take it for this one's. */
async function quarantineStrays(directory: DataDirectory, path: string): Promise<void> {
  for (const suffix of companionSuffixes) {
    if ((await directory.files.status(path + suffix)) === null) continue;
    const target = DataDirectory.unique(directory.quarantine, basename(path)) + suffix;
    await directory.files.rename(path + suffix, target);
    directory.logger.warn(
      { file: basename(path + suffix), movedTo: join(basename(directory.quarantine), basename(target)) },
      "a stray file lay under the name of a new database and was moved away",
    );
  }
}

/** Best effort on the way out of a failure: what stays is cleared at the next open. */
async function attempt(directory: DataDirectory, path: string): Promise<void> {
  await directory.files.unlink(path).catch(() => undefined);
}
