// Removes a database with all that belongs to it: out of its place first, all together, then for good.
import { EngineError } from "../../../base/errors.js";
import { companionSuffixes, DataDirectory } from "./data-directory.js";
import { checkDatabaseFile } from "./database-file.js";

/**
 * Throws `database_not_found`, `database_corrupt` for a file that the engine did not make, and the file system's
 * errors: then the database stands as before. A crash in between leaves either the database or nothing.
 */
export async function removeDatabaseFile(directory: DataDirectory, name: string): Promise<void> {
  const { files } = directory;
  const path = directory.databaseFile(name);
  const refusal = await checkDatabaseFile(directory, path);
  if (refusal?.kind === "missing") throw new EngineError("database_not_found", { name });
  if (refusal?.kind === "foreign") throw new EngineError("database_corrupt", { name, reason: refusal.reason });

  const target = DataDirectory.unique(directory.trash, name);
  const moved: string[] = [];
  try {
    // The database first: a log without its database is cleared at open, a database without its log would lose writes.
    for (const suffix of ["", ...companionSuffixes]) {
      if (suffix !== "" && (await files.status(path + suffix)) === null) continue;
      await files.rename(path + suffix, target + suffix);
      moved.push(suffix);
    }
    await files.sync(directory.trash);
    await files.sync(directory.path);
  } catch (thrown) {
    for (const suffix of moved.reverse()) await files.rename(target + suffix, path + suffix).catch(() => undefined);
    throw thrown;
  }
  for (const suffix of moved) {
    // It is removed already; what cannot be unlinked now is cleared at the next open.
    await files.unlink(target + suffix).catch((thrown: unknown) => {
      directory.logger.warn({ err: thrown, database: name }, "a removed database still takes room until the next open");
    });
  }
}
