// Databases aside from their places: a snapshot of a live one, one that is being built, or bytes from outside. Each is on
// the disk and found sound before anybody gets it; on any error nothing is left.
import { EngineError } from "../../../base/errors.js";
import type { Connection } from "../connections/connection.js";
import type { Interruption } from "../connections/interruption.js";
import { checkReceivedFile } from "../files/database-file.js";
import { completeAside, removeAside, withConnection, type AsidePlace } from "./aside-place.js";
import { SqliteDetachedStore } from "./sqlite-detached-store.js";

/**
 * A consistent copy of a live database by VACUUM INTO: one snapshot, writers go on. Never by copying the file, which loses
 * the log and drops this process's locks.
 */
export function detachSnapshot(
  place: AsidePlace,
  openLive: () => Promise<Connection>,
  interruption: Interruption,
): Promise<SqliteDetachedStore> {
  const { files } = place.directory;
  const make = async (): Promise<void> => {
    // SQLite would make it with mode 0644; an empty file it takes as it is.
    await files.createEmpty(place.path);
    await withConnection(openLive, (live) => live.execute("vacuum into ?", [place.path], true), interruption);
    await files.sync(place.path);
  };
  return detach(place, make, interruption);
}

/** A new one, which `build` makes at the place. */
export function detachNew(place: AsidePlace, build: () => Promise<void>): Promise<SqliteDetachedStore> {
  return detach(place, async () => {
    await build();
    await completeAside(place);
  });
}

/** Content from outside. Throws `database_corrupt` with the reason, and what the content throws. */
export function detachReceived(place: AsidePlace, content: AsyncIterable<Uint8Array>): Promise<SqliteDetachedStore> {
  const { directory, name, path } = place;
  return detach(place, async () => {
    await directory.files.createFrom(path, content);
    const refusal = await checkReceivedFile(directory, path);
    if (refusal?.kind === "missing") throw new EngineError("storage_failed", { name });
    if (refusal) throw new EngineError("database_corrupt", { name, reason: refusal.reason });
  });
}

async function detach(
  place: AsidePlace,
  make: () => Promise<void>,
  interruption?: Interruption,
): Promise<SqliteDetachedStore> {
  try {
    await make();
    return await SqliteDetachedStore.open(place, interruption);
  } catch (thrown) {
    await removeAside(place);
    throw thrown;
  }
}
