// Where a database lies that has no place yet.
import type { Connection } from "../connections/connection.js";
import type { Interruption } from "../connections/interruption.js";
import type { ConnectionRole } from "../connections/pragmas.js";
import { companionSuffixes, type DataDirectory } from "../files/data-directory.js";
import { refuseCompanions } from "../files/database-file.js";

/** A path that nobody else has, and how the file there is opened. */
export interface AsidePlace {
  readonly directory: DataDirectory;
  /** Of the database, for messages. */
  readonly name: string;
  readonly path: string;
  readonly connect: (role: ConnectionRole) => Promise<Connection>;
}

/** Runs the work on a connection of its own, closed afterwards. */
export async function withConnection<T>(
  open: () => Promise<Connection>,
  work: (connection: Connection) => Promise<T>,
  interruption?: Interruption,
): Promise<T> {
  const connection = await open();
  const unsubscribe = interruption?.onInterrupt((reason) => connection.stop(reason));
  try {
    return await work(connection);
  } finally {
    unsubscribe?.();
    await connection.close();
  }
}

/** On the disk, whole. Throws when a log is left beside it: without that the file is only a part. */
export async function completeAside({ directory, name, path }: AsidePlace): Promise<void> {
  await refuseCompanions(directory, path, name);
  await directory.files.sync(path);
}

/** Best effort: what stays is cleared at the next open. */
export async function removeAside({ directory, path }: AsidePlace): Promise<void> {
  for (const suffix of ["", ...companionSuffixes]) await directory.files.unlink(path + suffix).catch(() => undefined);
}
