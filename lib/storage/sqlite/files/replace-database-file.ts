// Puts a database in the place of another, whose files are kept. The new file's step into `.restoring`, one rename, is the
// promise: before it nothing has happened, after it every step can be made again, by an open after a crash too.
import { basename, join } from "node:path";
import { EngineError } from "../../../base/errors.js";
import type { ReplacedEntry } from "../../storage.js";
import type { DataDirectory } from "./data-directory.js";
import { companionSuffixes } from "./data-directory.js";
import { checkDatabaseFile } from "./database-file.js";
import { statusOfDatabaseFile } from "./list-database-files.js";
import { locationOf, readStampedFile, stampedFile } from "./replaced-files.js";

const suffixes = ["", ...companionSuffixes];

/** What a replacement that failed has left behind. */
export class UnsettledReplacement extends Error {
  constructor(options: ErrorOptions) {
    super("a database's replacement could be neither completed nor undone", options);
    this.name = "UnsettledReplacement";
  }
}

/**
 * `made` is a whole and synced file of the temporary directory. Gives what is kept of the old database.
 * Throws `database_not_found`, `database_corrupt` for a file that the engine did not make, and the file system's errors: then
 * the old database stands as before and `made` is gone. Throws {@link UnsettledReplacement} when neither could be
 * reached: the name must not be used until {@link settleReplacement} has succeeded.
 */
export async function replaceDatabaseFile(
  directory: DataDirectory,
  made: string,
  name: string,
  at: number,
): Promise<ReplacedEntry> {
  const { files } = directory;
  const fileName = stampedFile(name, at);
  const promise = join(directory.restoring, fileName);
  let sizeBytes: number;
  try {
    sizeBytes = (await statusOfDatabaseFile(directory, name))?.sizeBytes ?? 0;
    const refusal = await checkDatabaseFile(directory, directory.databaseFile(name));
    if (refusal?.kind === "missing") throw new EngineError("database_not_found", { name });
    if (refusal?.kind === "foreign") throw new EngineError("database_corrupt", { name, reason: refusal.reason });
    await files.rename(made, promise);
  } catch (thrown) {
    await files.unlink(made).catch(() => undefined);
    throw thrown;
  }
  try {
    await files.sync(directory.restoring);
    await settleReplacement(directory, { fileName, name });
    return { name, replacedAt: at, location: locationOf(directory, fileName), sizeBytes };
  } catch (thrown) {
    await undo(directory, fileName, name, thrown);
    throw thrown;
  }
}

/** A promise that has still to be kept. */
export interface PendingReplacement {
  readonly fileName: string;
  /** Of the database. */
  readonly name: string;
}

/** What a crash, or a disk that failed twice, has left to do. */
export async function pendingReplacements(directory: DataDirectory): Promise<readonly PendingReplacement[]> {
  const fileNames = await directory.files.list(directory.restoring);
  return fileNames.flatMap((fileName) => {
    const name = readStampedFile(fileName)?.name;
    return name === undefined ? [] : [{ fileName, name }];
  });
}

/** Keeps a promise. As long as it lies there, what has the name is the old database. Throws the file system's errors. */
export async function settleReplacement(
  directory: DataDirectory,
  { fileName, name }: PendingReplacement,
): Promise<void> {
  const { files } = directory;
  const path = directory.databaseFile(name);
  const kept = join(directory.replaced, fileName);
  // The log goes along: with the new file beside it SQLite would take it for the new file's.
  for (const suffix of suffixes) {
    if ((await files.status(path + suffix)) !== null) await files.rename(path + suffix, kept + suffix);
  }
  await files.sync(directory.replaced);
  await files.sync(directory.path);
  await files.rename(join(directory.restoring, fileName), path);
  await files.sync(directory.path);
  await files.sync(directory.restoring);
}

/** Back to before. Throws {@link UnsettledReplacement} where that fails too. */
async function undo(directory: DataDirectory, fileName: string, name: string, cause: unknown): Promise<void> {
  const { files } = directory;
  const path = directory.databaseFile(name);
  const kept = join(directory.replaced, fileName);
  const promise = join(directory.restoring, fileName);
  try {
    // It may have happened already, and only the last sync failed.
    if ((await files.status(promise)) === null) await files.rename(path, promise);
    for (const suffix of suffixes) {
      if ((await files.status(kept + suffix)) !== null) await files.rename(kept + suffix, path + suffix);
    }
    await files.sync(directory.path);
    await files.unlink(promise);
    await files.sync(directory.restoring);
  } catch (thrown) {
    directory.logger.error(
      { err: thrown, database: name, file: basename(promise) },
      "a restore could be neither completed nor undone; it is completed when the database is next used",
    );
    throw new UnsettledReplacement({ cause });
  }
}
