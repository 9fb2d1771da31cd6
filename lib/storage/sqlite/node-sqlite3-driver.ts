// node-sqlite3 behind the driver seam: the only file that imports sqlite3. Always callbacks, which only resolve or
// reject. Never serialize() (wedges the handle), each() (hangs after a throw), Statement#get (does not reset).
import sqlite3 from "sqlite3";
import {
  type Driver,
  type DriverConnection,
  DriverError,
  type DriverErrorCode,
  driverErrorCodes,
  type DriverLimit,
  type DriverRow,
  type DriverStatement,
  type DriverValue,
  type OpenMode,
} from "./driver.js";

const openFlags: Readonly<Record<OpenMode, number>> = {
  readwrite: sqlite3.OPEN_READWRITE,
  create: sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE,
  readonly: sqlite3.OPEN_READONLY,
};

const limitIds: Readonly<Record<DriverLimit, number>> = {
  length: sqlite3.LIMIT_LENGTH,
  sqlLength: sqlite3.LIMIT_SQL_LENGTH,
  expressionDepth: sqlite3.LIMIT_EXPR_DEPTH,
  compoundSelect: sqlite3.LIMIT_COMPOUND_SELECT,
  attached: sqlite3.LIMIT_ATTACHED,
  likePatternLength: sqlite3.LIMIT_LIKE_PATTERN_LENGTH,
  triggerDepth: sqlite3.LIMIT_TRIGGER_DEPTH,
};

const knownCodes: ReadonlySet<string> = new Set(driverErrorCodes);

/** The driver for npm `sqlite3`. */
export const nodeSqlite3Driver: Driver = {
  name: "node-sqlite3",
  open(path, mode) {
    return new Promise((resolve, reject) => {
      // A failed open never calls back for anything queued on it: the object is dropped here, nobody else sees it.
      const database = new sqlite3.Database(path, openFlags[mode], (error) => {
        if (error === null) resolve(new NodeSqlite3Connection(database));
        else reject(toDriverError(error));
      });
      // Without a listener a stray error event ends the process. Calls report through their callbacks.
      database.on("error", ignore);
    });
  },
};

class NodeSqlite3Connection implements DriverConnection {
  readonly #database: sqlite3.Database;
  readonly #statements = new Set<NodeSqlite3Statement>();
  #state: "open" | "closing" | "closed" = "open";

  constructor(database: sqlite3.Database) {
    this.#database = database;
  }

  prepare(sql: string): Promise<DriverStatement> {
    if (this.#state !== "open") return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      const native = this.#database.prepare(sql, (error: Error | null) => {
        if (error !== null) {
          reject(toDriverError(error));
          return;
        }
        const isPlan = /^\s*explain\b/i.test(sql);
        const statement = new NodeSqlite3Statement(native, isPlan, () => this.#statements.delete(statement));
        this.#statements.add(statement);
        resolve(statement);
      });
    });
  }

  exec(sql: string): Promise<void> {
    if (this.#state !== "open") return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#database.exec(sql, (error) => (error === null ? resolve() : reject(toDriverError(error))));
    });
  }

  setLimit(limit: DriverLimit, value: number): void {
    if (this.#state !== "open") throw closedError();
    // The typings know only the one-argument options.
    (this.#database.configure as (option: "limit", id: number, value: number) => void).call(
      this.#database,
      "limit",
      limitIds[limit],
      value,
    );
  }

  interrupt(): void {
    if (this.#state === "open") this.#database.interrupt();
  }

  async close(): Promise<void> {
    if (this.#state !== "open") throw closedError();
    this.#state = "closing";
    // SQLite refuses to close over a live statement and leaves the handle open.
    await Promise.all([...this.#statements].map((statement) => statement.finalize()));
    try {
      await new Promise<void>((resolve, reject) => {
        this.#database.close((error) => (error === null ? resolve() : reject(toDriverError(error))));
      });
      this.#state = "closed";
    } catch (error) {
      this.#state = "open";
      throw error;
    }
  }
}

class NodeSqlite3Statement implements DriverStatement {
  readonly #statement: sqlite3.Statement;
  readonly #onFinalized: () => void;
  /**
   * SQLite takes an EXPLAIN for under way until it is reset, even after its last row, and refuses to drop an index meanwhile. To
   * reset every statement would cost each read another trip to the thread pool.
   */
  readonly #needsReset: boolean;
  #isFinalized = false;

  constructor(statement: sqlite3.Statement, needsReset: boolean, onFinalized: () => void) {
    this.#statement = statement;
    this.#needsReset = needsReset;
    this.#onFinalized = onFinalized;
  }

  all(values: readonly DriverValue[]): Promise<DriverRow[]> {
    if (this.#isFinalized) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      // Always an array that we built: a plain object would be taken for named parameters.
      this.#statement.all(values.map(toNative), (error: Error | null, rows: DriverRow[]) => {
        if (error !== null) reject(toDriverError(error));
        else if (this.#needsReset) this.#statement.reset(() => resolve(rows));
        else resolve(rows);
      });
    });
  }

  run(values: readonly DriverValue[]): Promise<{ readonly changes: number }> {
    if (this.#isFinalized) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#statement.run(values.map(toNative), function (this: sqlite3.RunResult, error: Error | null) {
        if (error === null) resolve({ changes: this.changes });
        else reject(toDriverError(error));
      });
    });
  }

  finalize(): Promise<void> {
    if (this.#isFinalized) return Promise.resolve();
    this.#isFinalized = true;
    this.#onFinalized();
    return new Promise((resolve) => {
      this.#statement.finalize(() => resolve());
    });
  }
}

// It binds a Buffer as a blob, but any other Uint8Array as the text "1,2,3".
function toNative(value: DriverValue): string | number | null | Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

function toDriverError(error: Error): DriverError {
  const name = "code" in error && typeof error.code === "string" ? error.code.replace(/^SQLITE_/, "") : "";
  const code = knownCodes.has(name) ? (name as DriverErrorCode) : "ERROR";
  return new DriverError(code, error.message.replace(/^SQLITE_[A-Z]+: /, ""), { cause: error });
}

function closedError(): DriverError {
  return new DriverError("MISUSE", "the connection or statement is closed");
}

function ignore(): void {}
