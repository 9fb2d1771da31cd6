// One engine for each data directory. The lock is SQLite's own on a file of its own: it is gone with the process,
// whatever way it ends, and it also holds against a second engine in the same process.
import { EngineError } from "../../../base/errors.js";
import { type Driver, type DriverConnection, DriverError } from "../driver.js";
import { nativeCall } from "../connections/native-call-limit.js";
import type { DataDirectory } from "./data-directory.js";
import { isErrno } from "../../../base/file-system.js";

export class DirectoryLock {
  readonly #connection: DriverConnection;
  readonly #path: string;

  private constructor(connection: DriverConnection, path: string) {
    this.#connection = connection;
    this.#path = path;
  }

  /** Takes the lock or throws `data_directory_locked` at once. */
  static async acquire(directory: DataDirectory, driver: Driver): Promise<DirectoryLock> {
    const { files, lockFile } = directory;
    try {
      await files.createEmpty(lockFile);
    } catch (thrown) {
      if (!isErrno(thrown, "EEXIST")) throw thrown;
    }
    const status = await files.status(lockFile);
    if (status?.kind !== "file" || status.linkCount !== 1) {
      const message = ".lock in the data directory is not a regular file; move it away.";
      throw new EngineError("storage_failed", {}, { message });
    }
    const connection = await nativeCall(lockFile, () => driver.open(lockFile, "readwrite"));
    try {
      // Nothing is ever written: the lock of an empty file is enough, and without a journal it needs no room on the disk.
      await nativeCall(lockFile, () =>
        connection.exec(
          "PRAGMA busy_timeout = 0; PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;",
        ),
      );
      return new DirectoryLock(connection, lockFile);
    } catch (thrown) {
      await connection.close();
      if (thrown instanceof DriverError && thrown.code === "BUSY") {
        const message = "Another engine holds this data directory. Close it, or use another directory.";
        throw new EngineError("data_directory_locked", { dataDir: directory.path }, { message });
      }
      throw thrown;
    }
  }

  /** Whether the SQLite at hand can compile a statement. Asked of the lock's own connection: it is open, and nobody waits for it. */
  async understands(statement: string): Promise<boolean> {
    try {
      const compiled = await nativeCall(this.#path, () => this.#connection.prepare(statement));
      await compiled.finalize();
      return true;
    } catch (thrown) {
      if (thrown instanceof DriverError && thrown.code === "ERROR") return false;
      throw thrown;
    }
  }

  async release(): Promise<void> {
    await nativeCall(this.#path, () => this.#connection.close());
  }
}
