// The real file system and driver, with somebody looking at each call before it is made: to count it, or to die there.
import type { Driver, DriverConnection, DriverStatement } from "../../lib/storage/sqlite/driver.js";
import { type FileSystem, nodeFileSystem } from "../../lib/base/file-system.js";
import { nodeSqlite3Driver } from "../../lib/storage/sqlite/node-sqlite3-driver.js";

/**
 * Sees each call, as a word and what it is about: a path, or a statement with the path of its file. The call waits for the
 * promise that is given.
 */
export type CallObserver = (call: string, subject: string, path: string) => void | Promise<void>;

/** The machine's file system under observation. */
export function observedFileSystem(observe: CallObserver): FileSystem {
  const seen =
    <Rest extends unknown[], T>(name: string, call: (path: string, ...rest: Rest) => Promise<T>) =>
    async (path: string, ...rest: Rest): Promise<T> => {
      await observe(name, path, path);
      return call(path, ...rest);
    };
  return {
    makeDirectory: seen("makeDirectory", nodeFileSystem.makeDirectory),
    list: seen("list", nodeFileSystem.list),
    status: seen("status", nodeFileSystem.status),
    freeBytes: seen("freeBytes", nodeFileSystem.freeBytes),
    createEmpty: seen("createEmpty", nodeFileSystem.createEmpty),
    createFrom: seen("createFrom", (path, content: AsyncIterable<Uint8Array>) =>
      nodeFileSystem.createFrom(path, eachSeen(observe, "write", path, content)),
    ),
    read: (path) => eachSeen(observe, "read", path, nodeFileSystem.read(path)),
    readStart: seen("readStart", nodeFileSystem.readStart),
    copy: seen("copy", nodeFileSystem.copy),
    overwrite: seen("overwrite", nodeFileSystem.overwrite),
    sync: seen("sync", nodeFileSystem.sync),
    link: seen("link", nodeFileSystem.link),
    rename: seen("rename", nodeFileSystem.rename),
    unlink: seen("unlink", nodeFileSystem.unlink),
    removeDirectory: seen("removeDirectory", nodeFileSystem.removeDirectory),
  };
}

/** Content whose every piece is a call of its own. */
async function* eachSeen(
  observe: CallObserver,
  call: string,
  path: string,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    await observe(call, path, path);
    yield piece;
  }
}

/** A driver under observation; what the observer throws, the call rejects with. */
export function observedDriver(observe: CallObserver, driver: Driver = nodeSqlite3Driver): Driver {
  const wrapStatement = (path: string, sql: string, statement: DriverStatement): DriverStatement => ({
    async all(values) {
      await observe("all", sql, path);
      return statement.all(values);
    },
    async run(values) {
      await observe("run", sql, path);
      return statement.run(values);
    },
    finalize: () => statement.finalize(),
  });
  const wrapConnection = (path: string, connection: DriverConnection): DriverConnection => ({
    prepare: async (sql) => wrapStatement(path, sql, await connection.prepare(sql)),
    async exec(sql) {
      await observe("exec", sql, path);
      return connection.exec(sql);
    },
    setLimit: (limit, value) => connection.setLimit(limit, value),
    interrupt: () => connection.interrupt(),
    async close() {
      await observe("close", path, path);
      return connection.close();
    },
  });
  return {
    name: `observed ${driver.name}`,
    async open(path, mode) {
      await observe("open", path, path);
      return wrapConnection(path, await driver.open(path, mode));
    },
  };
}
