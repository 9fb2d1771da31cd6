// A SQLite from before 3.51, as far as the engine would notice: the real one, which does not know jsonb_each.
import { type Driver, DriverError } from "../../lib/storage/sqlite/driver.js";
import { nodeSqlite3Driver } from "../../lib/storage/sqlite/node-sqlite3-driver.js";

export const olderSqlite: Driver = {
  name: "older SQLite",
  async open(path, mode) {
    const connection = await nodeSqlite3Driver.open(path, mode);
    return {
      prepare: (sql) =>
        sql.includes("jsonb_each")
          ? Promise.reject(new DriverError("ERROR", "no such table: jsonb_each"))
          : connection.prepare(sql),
      exec: (sql) => connection.exec(sql),
      setLimit: (limit, value) => connection.setLimit(limit, value),
      interrupt: () => connection.interrupt(),
      close: () => connection.close(),
    };
  },
};
