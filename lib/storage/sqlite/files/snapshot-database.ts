// A consistent copy of a live database by VACUUM INTO: one snapshot, writers go on. Never by copying the file, which
// loses the log and drops this process's locks.
import { dirname } from "node:path";
import { EngineError } from "../../../base/errors.js";
import type { Connection } from "../connections/connection.js";
import { type FileSystem, isErrno } from "./file-system.js";

/** `path` must not exist: `request_invalid`. On any error nothing is left there. */
export async function snapshotDatabase(
  files: FileSystem,
  path: string,
  connect: () => Promise<Connection>,
): Promise<void> {
  try {
    // SQLite would make it with mode 0644; an empty file it takes as it is.
    await files.createEmpty(path);
  } catch (thrown) {
    if (!isErrno(thrown, "EEXIST")) throw thrown;
    const message = "There is a file at the snapshot's path already.";
    throw new EngineError("request_invalid", { parameter: "path" }, { message, cause: thrown });
  }
  try {
    const connection = await connect();
    try {
      await connection.execute("vacuum into ?", [path], true);
    } finally {
      await connection.close();
    }
    await files.sync(path);
    await files.sync(dirname(path));
  } catch (thrown) {
    await files.unlink(path).catch(() => undefined);
    throw thrown;
  }
}
