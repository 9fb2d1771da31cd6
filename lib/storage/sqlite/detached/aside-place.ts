// Where a database lies that has no place yet.
import type { Connection } from "../connections/connection.js";
import type { ConnectionRole } from "../connections/pragmas.js";
import { companionSuffixes, type DataDirectory } from "../files/data-directory.js";

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
  { connect }: Pick<AsidePlace, "connect">,
  role: ConnectionRole,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(role);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Best effort: what stays is cleared at the next open. */
export async function removeAside({ directory, path }: AsidePlace): Promise<void> {
  for (const suffix of ["", ...companionSuffixes]) await directory.files.unlink(path + suffix).catch(() => undefined);
}
