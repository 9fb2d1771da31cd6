// Makes a database aside and gives it its name when it is whole and on the disk: after a crash it is there completely
// or not at all. Never replaces what stands under the name.
import { basename, join } from "node:path";
import { EngineError } from "../../../base/errors.js";
import { companionSuffixes, DataDirectory } from "./data-directory.js";
import { isErrno } from "../../../base/file-system.js";

/**
 * `build` fills the empty file at the path it gets and lets go of it. Throws `database_exists` when the name is taken,
 * whatever `build` throws, and the file system's errors; after each of them nothing of the new database is left.
 */
export async function createDatabaseFile(
  directory: DataDirectory,
  name: string,
  build: (path: string) => Promise<void>,
): Promise<void> {
  const { files } = directory;
  const path = directory.databaseFile(name);
  if ((await files.status(path)) !== null) throw new EngineError("database_exists", { name });
  const made = DataDirectory.unique(directory.temporary, name);
  let hasName = false;
  try {
    await files.createEmpty(made);
    await build(made);
    await refuseLeftovers(directory, made, name);
    await files.sync(made);
    await quarantineStrays(directory, path);
    hasName = await giveName(directory, made, path, name);
    await files.sync(directory.path);
  } catch (thrown) {
    if (hasName) await attempt(directory, path);
    for (const suffix of ["", ...companionSuffixes]) await attempt(directory, made + suffix);
    throw thrown;
  }
}

// A link instead of a rename, because a rename would replace a file that came under the name meanwhile.
async function giveName(directory: DataDirectory, made: string, path: string, name: string): Promise<true> {
  const { files } = directory;
  try {
    await files.link(made, path);
  } catch (thrown) {
    if (isErrno(thrown, "EEXIST")) throw new EngineError("database_exists", { name }, { cause: thrown });
    // Some file systems know no links. The name was free a moment ago, and the directory is ours.
    if (!isErrno(thrown, "EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP")) throw thrown;
    if ((await files.status(path)) !== null) throw new EngineError("database_exists", { name });
    await files.rename(made, path);
    return true;
  }
  try {
    await files.unlink(made);
  } catch (thrown) {
    await attempt(directory, path);
    throw thrown;
  }
  return true;
}

/** The file is whole only without its log. */
async function refuseLeftovers(directory: DataDirectory, made: string, name: string): Promise<void> {
  for (const suffix of companionSuffixes) {
    if ((await directory.files.status(made + suffix)) === null) continue;
    const message = "The new database could not be completed: its log was not merged into it.";
    throw new EngineError("storage_failed", { name }, { message });
  }
}

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
