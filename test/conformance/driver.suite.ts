// What every driver must do, written once. driver.test.ts runs it over each of them.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  type Driver,
  type DriverConnection,
  DriverError,
  type DriverErrorCode,
} from "../../lib/storage/sqlite/driver.js";
import { makeTempDirectory, removeTempDirectory } from "../support/temp-directory.js";

async function codeOf(call: Promise<unknown>): Promise<DriverErrorCode> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DriverError);
  return (error as DriverError).code;
}

/** Counts to ten million: long enough that only an interrupt ends it within a test. */
const endless =
  "with recursive c(n) as (select 1 union all select n + 1 from c where n < 1000000000) select max(n) as n from c";

export function driverSuite(driver: Driver): void {
  describe(`driver ${driver.name}`, () => {
    let directory: string;
    let path: string;
    let connection: DriverConnection;

    beforeEach(async () => {
      directory = await makeTempDirectory();
      path = join(directory, "a.db");
      connection = await driver.open(path, "create");
      return async () => {
        await connection.close().catch(() => undefined);
        await removeTempDirectory(directory);
      };
    });

    const query = async (sql: string, values: Parameters<Awaited<ReturnType<typeof prepare>>["all"]>[0] = []) => {
      const statement = await prepare(sql);
      try {
        return await statement.all(values);
      } finally {
        await statement.finalize();
      }
    };
    const prepare = (sql: string) => connection.prepare(sql);

    it("gives back every value exactly", async () => {
      const bytes = new Uint8Array([0, 255, 7]);
      const [row] = await query("select ? as s, ? as n, ? as r, ? as z, ? as b", ["aé\u{1f600}", 7, 0.1, null, bytes]);
      expect({ ...row, b: [...(row?.["b"] as Uint8Array)] }).toEqual({
        s: "aé\u{1f600}",
        n: 7,
        r: 0.1,
        z: null,
        b: [0, 255, 7],
      });
    });

    it("binds a view into a larger buffer as its own bytes", async () => {
      const [row] = await query("select hex(?) as h", [new Uint8Array([1, 2, 3, 4]).subarray(1, 3)]);
      expect(row).toEqual({ h: "0203" });
    });

    it("runs a prepared statement anew each time", async () => {
      await connection.exec("create table t (n); insert into t values (1), (2)");
      const statement = await prepare("select n from t order by n");
      expect(await statement.all([])).toEqual([{ n: 1 }, { n: 2 }]);
      expect(await statement.all([])).toEqual([{ n: 1 }, { n: 2 }]);
    });

    it("tells how many rows a statement changed", async () => {
      await connection.exec("create table t (n); insert into t values (1), (2)");
      const statement = await prepare("update t set n = n + ?");
      expect(await statement.run([1])).toEqual({ changes: 2 });
    });

    it("leaves nothing under way when all rows are given, whatever the statement", async () => {
      await connection.exec("create table t (a); create index i on t (a); insert into t values (1), (2)");
      const texts = ["select a from t", "explain query plan select a from t", " EXPLAIN select a from t"];
      for (const sql of texts) {
        const statement = await connection.prepare(sql);
        expect((await statement.all([])).length).toBeGreaterThan(0);
        // SQLite drops nothing beside a statement that is under way.
        await connection.exec("drop index i; create index i on t (a)");
        expect((await statement.all([])).length).toBeGreaterThan(0);
      }
    });
    it("sees a schema change under a prepared statement", async () => {
      await connection.exec("create table t (n); insert into t values (1)");
      const statement = await prepare("select * from t");
      await statement.all([]);
      await connection.exec("alter table t add column m default 5");
      expect(await statement.all([])).toEqual([{ n: 1, m: 5 }]);
    });

    it("refuses a missing file unless told to create it", async () => {
      expect(await codeOf(driver.open(join(directory, "none.db"), "readwrite"))).toBe("CANTOPEN");
      expect(await codeOf(driver.open(join(directory, "none.db"), "readonly"))).toBe("CANTOPEN");
    });

    it("refuses to write through a readonly connection", async () => {
      await connection.exec("create table t (n)");
      const reader = await driver.open(path, "readonly");
      expect(await codeOf(reader.exec("insert into t values (1)"))).toBe("READONLY");
      await reader.close();
    });

    it.each([
      ["ERROR", "this is not SQL"],
      ["ERROR", "select * from nowhere"],
      ["CONSTRAINT", "insert into t values (1)"],
    ] as const)("rejects with %s for %s", async (code, sql) => {
      await connection.exec("create table t (n unique); insert into t values (1)");
      expect(await codeOf(query(sql))).toBe(code);
    });

    it("names the columns of a violated unique constraint", async () => {
      await connection.exec("create table t (a, b, unique (a, b)); insert into t values (1, 2)");
      await expect(query("insert into t values (1, 2)")).rejects.toThrow("UNIQUE constraint failed: t.a, t.b");
    });

    it("names the index of a violated unique constraint on an expression", async () => {
      await connection.exec("create table t (a); create unique index i on t (lower(a)); insert into t values ('x')");
      await expect(query("insert into t values ('X')")).rejects.toThrow("UNIQUE constraint failed: index 'i'");
    });

    it("reports a database that another connection holds", async () => {
      const other = await driver.open(path, "readwrite");
      await connection.exec("begin exclusive");
      await other.exec("pragma busy_timeout = 0");
      expect(await codeOf(other.exec("begin immediate"))).toBe("BUSY");
      await other.close();
    });

    it("reports a full database", async () => {
      await connection.exec("create table t (b); pragma max_page_count = 4");
      expect(await codeOf(query("insert into t values (zeroblob(100000))"))).toBe("FULL");
    });

    it("reports a file that is no database", async () => {
      const garbage = join(directory, "garbage.db");
      await writeFile(garbage, "x".repeat(4096));
      const opened = await driver.open(garbage, "readwrite");
      expect(await codeOf(opened.exec("select * from sqlite_schema"))).toBe("NOTADB");
      await opened.close();
    });

    it("applies limits", async () => {
      connection.setLimit("attached", 0);
      expect(await codeOf(connection.exec("attach '' as x"))).toBe("ERROR");
      connection.setLimit("sqlLength", 20);
      expect(await codeOf(connection.prepare("select 1 as a, 2 as b, 3 as c"))).toBe("TOOBIG");
    });

    it("interrupts what runs, and goes on", async () => {
      const statement = await prepare(endless);
      const running = codeOf(statement.all([]));
      // Until the thread has taken it up an interrupt finds nothing: repeat it until it has.
      let isOver = false;
      void running.then(() => (isOver = true));
      while (!isOver) {
        connection.interrupt();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await running).toBe("INTERRUPT");
      expect(await query("select 1 as n")).toEqual([{ n: 1 }]);
    });

    it("closes over live statements and refuses every call afterwards", async () => {
      const statement = await prepare("select 1");
      await statement.all([]);
      await connection.close();
      expect(await codeOf(connection.prepare("select 1"))).toBe("MISUSE");
      expect(await codeOf(connection.exec("select 1"))).toBe("MISUSE");
      expect(await codeOf(statement.all([]))).toBe("MISUSE");
      expect(await codeOf(statement.run([]))).toBe("MISUSE");
      expect(await codeOf(connection.close())).toBe("MISUSE");
      expect(() => connection.interrupt()).not.toThrow();
      expect(() => connection.setLimit("attached", 0)).toThrow(DriverError);
      await statement.finalize();
    });
  });
}
