// Clears what a crash left: files half-made, and files half-removed. Runs at open, under the directory's lock.
import { join } from "node:path";
import type { DataDirectory } from "./data-directory.js";
import { companionSuffixes } from "./data-directory.js";

/** Idempotent: a crash in the middle of it leaves less to clear the next time. */
export async function clearCrashLeftovers(directory: DataDirectory): Promise<void> {
  const { files } = directory;
  for (const side of [directory.temporary, directory.template]) {
    for (const entry of await files.list(side)) await remove(directory, join(side, entry));
  }

  const trashed = await files.list(directory.trash);
  if (trashed.length > 0) await removeOrphans(directory, trashed);
  for (const entry of trashed) await remove(directory, join(directory.trash, entry));
}

/** Logs whose database reached the trash and that did not follow it. Before the trash is emptied: it is what tells. */
async function removeOrphans(directory: DataDirectory, trashed: readonly string[]): Promise<void> {
  const entries = new Set(await directory.files.list(directory.path));
  const names = new Set(trashed.map((entry) => /^(.+)\.[0-9a-f]{16}\.db/.exec(entry)?.[1]));
  for (const name of names) {
    if (name === undefined || entries.has(`${name}.db`)) continue;
    for (const suffix of companionSuffixes) {
      if (entries.has(`${name}.db${suffix}`)) await remove(directory, directory.databaseFile(name) + suffix);
    }
  }
}

async function remove(directory: DataDirectory, path: string): Promise<void> {
  const status = await directory.files.status(path);
  // The engine makes no directories here: somebody else's are left alone.
  if (status === null || status.kind === "directory") return;
  await directory.files.unlink(path);
  directory.logger.info({ path }, "removed what a crash had left");
}
