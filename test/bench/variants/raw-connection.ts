// npm sqlite3 with promises around it, as an app without an engine writes it: statements prepared once, calls handed to
// the library as they come.
import sqlite3 from "sqlite3";
import { pragmaScript } from "../../../lib/storage/sqlite/connections/pragmas.js";

export type RawValue = string | number | null;

/** A prepared statement. */
export interface RawStatement {
  // Not Statement#get: it leaves the statement half-way and its read transaction open.
  all<Row>(values: readonly RawValue[]): Promise<Row[]>;
  run(values: readonly RawValue[]): Promise<void>;
}

/** An open file. */
export interface RawConnection {
  prepare(sql: string): Promise<RawStatement>;
  exec(script: string): Promise<void>;
  close(): Promise<void>;
}

type Settle = (error: Error | null) => void;

const settled = (start: (settle: Settle) => void): Promise<void> =>
  new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));

/** Opens or makes a file, with the pragmas that the engine's writers have. */
export async function openRaw(path: string): Promise<RawConnection> {
  let database!: sqlite3.Database;
  await settled((settle) => (database = new sqlite3.Database(path, settle)));
  const statements: sqlite3.Statement[] = [];
  const connection: RawConnection = {
    async prepare(sql) {
      let native!: sqlite3.Statement;
      await settled((settle) => (native = database.prepare(sql, settle)));
      statements.push(native);
      return {
        all: <Row>(values: readonly RawValue[]) =>
          new Promise<Row[]>((resolve, reject) => {
            native.all<Row>(values, (error, rows) => (error ? reject(error) : resolve(rows)));
          }),
        run: (values) => settled((settle) => native.run(values, settle)),
      };
    },
    exec: (script) => settled((settle) => database.exec(script, settle)),
    async close() {
      for (const statement of statements) await settled((settle) => statement.finalize(() => settle(null)));
      await settled((settle) => database.close(settle));
    },
  };
  await connection.exec(pragmaScript("writer", "full"));
  return connection;
}
