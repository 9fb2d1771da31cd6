// The mark of a data directory that a restore of a whole set is still filling: with it no engine may open there.
import { lstat, readdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../../base/errors.js";
import { translateFileError } from "../../base/file-errors.js";
import { isErrno, nodeFileSystem } from "../../base/file-system.js";
import { err, ok, refuse, type Outcome } from "../../base/result.js";

const fileName = ".restoring-set";

/** Makes the directory, which must be absent or empty, and marks it. `conflict` when anything is in it. */
export async function markUnfinished(directory: string, set: string): Outcome<void> {
  try {
    await nodeFileSystem.makeDirectory(directory);
    if ((await readdir(directory)).length > 0) {
      const message = `The directory to restore into is not empty. A set is restored into a fresh one, so that nothing is mixed: name another, or remove what is there.`;
      return refuse("conflict", {}, { message });
    }
    await writeFile(join(directory, fileName), `${set}\n`, { flag: "wx", mode: 0o600 });
    await nodeFileSystem.sync(directory);
    return ok(undefined);
  } catch (thrown) {
    return err(translateFileError(thrown));
  }
}

/** The set is whole: engines may open there from now on. */
export async function clearMark(directory: string): Outcome<void> {
  try {
    await nodeFileSystem.sync(directory);
    await unlink(join(directory, fileName));
    await nodeFileSystem.sync(directory);
    return ok(undefined);
  } catch (thrown) {
    return err(translateFileError(thrown));
  }
}

/** `conflict` when a restore of a set was cut off in the directory. */
export async function refuseUnfinished(directory: string): Outcome<void> {
  try {
    await lstat(join(directory, fileName));
  } catch (thrown) {
    return isErrno(thrown, "ENOENT", "ENOTDIR") ? ok(undefined) : err(translateFileError(thrown));
  }
  const message = `A restore of a whole set into this data directory was cut off, or is still going on, so databases are missing. Remove the directory and call restoreAll again.`;
  return err(new EngineError("conflict", {}, { message }));
}
