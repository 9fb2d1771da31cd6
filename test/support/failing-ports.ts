// Real ports whose n-th call fails: what a full or broken disk does, at a chosen moment.
import {
  type Driver,
  type DriverConnection,
  DriverError,
  type DriverErrorCode,
  type DriverStatement,
} from "../../lib/storage/sqlite/driver.js";
import { type FileSystem, nodeFileSystem } from "../../lib/base/file-system.js";

/** A file system that can be told to fail one call to come. */
export interface FailingFileSystem extends FileSystem {
  /** Fails the n-th call from now on (1 = the next) with the errno; later ones work again. */
  failCall(n: number, errno: string): void;
  /** Fails the n-th call from now on and all after it, until the next `failCall`. */
  failFrom(n: number, errno: string): void;
  /** Calls since the last `failCall`. */
  readonly calls: readonly string[];
}

export function failingFileSystem(): FailingFileSystem {
  let failAt = 0;
  let failUntil = 0;
  let errnoToGive = "EIO";
  let calls: string[] = [];
  const count = (name: string): void => {
    calls.push(name);
    if (calls.length >= failAt && calls.length <= failUntil)
      throw Object.assign(new Error(`${name}: made to fail`), { code: errnoToGive });
  };
  const guarded =
    <Args extends unknown[], T>(name: string, call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      count(name);
      return call(...args);
    };
  // Each piece counts: a disk may fill in the middle of a file.
  async function* eachGuarded(name: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of content) {
      count(name);
      yield piece;
    }
  }
  return {
    makeDirectory: guarded("makeDirectory", nodeFileSystem.makeDirectory),
    list: guarded("list", nodeFileSystem.list),
    status: guarded("status", nodeFileSystem.status),
    freeBytes: guarded("freeBytes", nodeFileSystem.freeBytes),
    createEmpty: guarded("createEmpty", nodeFileSystem.createEmpty),
    createFrom: guarded("createFrom", (path, content) =>
      nodeFileSystem.createFrom(path, eachGuarded("write", content)),
    ),
    read: (path) => eachGuarded("read", nodeFileSystem.read(path)),
    readStart: guarded("readStart", nodeFileSystem.readStart),
    copy: guarded("copy", nodeFileSystem.copy),
    overwrite: guarded("overwrite", nodeFileSystem.overwrite),
    sync: guarded("sync", nodeFileSystem.sync),
    link: guarded("link", nodeFileSystem.link),
    rename: guarded("rename", nodeFileSystem.rename),
    unlink: guarded("unlink", nodeFileSystem.unlink),
    removeDirectory: guarded("removeDirectory", nodeFileSystem.removeDirectory),
    failCall(n, errno) {
      failAt = n;
      failUntil = n;
      errnoToGive = errno;
      calls = [];
    },
    failFrom(n, errno) {
      failAt = n;
      failUntil = Infinity;
      errnoToGive = errno;
      calls = [];
    },
    get calls() {
      return calls;
    },
  };
}

/** A driver that fails statements as a disk would: `shouldFail` sees every statement before it runs. */
export function failingDriver(
  driver: Driver,
  shouldFail: (sql: string) => DriverErrorCode | null,
): Driver & { readonly opened: readonly string[] } {
  const opened: string[] = [];
  const check = (sql: string): void => {
    const code = shouldFail(sql);
    if (code !== null) throw new DriverError(code, "made to fail");
  };
  const wrapStatement = (sql: string, statement: DriverStatement): DriverStatement => ({
    all: async (values) => (check(sql), statement.all(values)),
    run: async (values) => (check(sql), statement.run(values)),
    finalize: () => statement.finalize(),
  });
  const wrapConnection = (connection: DriverConnection): DriverConnection => ({
    prepare: async (sql) => wrapStatement(sql, await connection.prepare(sql)),
    exec: async (sql) => (check(sql), connection.exec(sql)),
    setLimit: (limit, value) => connection.setLimit(limit, value),
    interrupt: () => connection.interrupt(),
    close: () => connection.close(),
  });
  return {
    name: `failing ${driver.name}`,
    opened,
    async open(path, mode) {
      opened.push(path);
      return wrapConnection(await driver.open(path, mode));
    },
  };
}
