// What databases lie in the directory, told without opening one.
import pLimit from "p-limit";
import type { StoreEntry } from "../../storage.js";
import { DataDirectory } from "./data-directory.js";

// Each status is a trip to the thread pool; more at once than it has threads only fills its queue.
const statusesAtOnce = 4;

/** All entries by name, whatever they are. */
export async function listDatabaseFiles(directory: DataDirectory): Promise<readonly StoreEntry[]> {
  const fileNames = await directory.files.list(directory.path);
  const present = new Set(fileNames);
  const limit = pLimit(statusesAtOnce);
  const found = await Promise.all(
    fileNames.map(async (fileName) => {
      const name = DataDirectory.nameOf(fileName);
      return name === null ? null : limit(() => readEntry(directory, name, present.has(`${fileName}-wal`)));
    }),
  );
  return found.filter((entry) => entry !== null).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One entry, or null when there is no such file. */
export function statusOfDatabaseFile(directory: DataDirectory, name: string): Promise<StoreEntry | null> {
  return readEntry(directory, name, true);
}

async function readEntry(directory: DataDirectory, name: string, mayHaveLog: boolean): Promise<StoreEntry | null> {
  const path = directory.databaseFile(name);
  const status = await directory.files.status(path);
  if (status === null) return null;
  const log = mayHaveLog ? await directory.files.status(`${path}-wal`) : null;
  return { name, sizeBytes: status.sizeBytes + (log?.sizeBytes ?? 0), fingerprint: status.fingerprint };
}
