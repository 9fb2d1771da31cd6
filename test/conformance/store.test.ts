import { sql } from "kysely";
import { expect, test } from "vitest";
import { nodeSqlite3Driver } from "../../lib/storage/sqlite/node-sqlite3-driver.js";
import { olderSqlite } from "../support/older-sqlite.js";
import { tempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { groupedWritesSuite } from "./grouped-writes.suite.js";
import { storeSuite, type StorageUnderTest } from "./store.suite.js";

const sqlite: StorageUnderTest = {
  name: "sqlite",
  create: (dataDir) => createSqliteStorage({ dataDir, durability: "normal" }),
};

storeSuite(sqlite);
groupedWritesSuite(sqlite);

test.each([
  ["the SQLite that comes with the engine", nodeSqlite3Driver, /jsonb_each/],
  ["an older SQLite", olderSqlite, /from json_each/],
] as const)("packed rows are unpacked by what %s knows", async (_, driver, expected) => {
  const storage = createSqliteStorage({ dataDir: await tempDirectory(), durability: "normal", driver });
  valueOf(await storage.open());
  expect(storage.dialect.unpackRows(["text"], sql`${"[]"}`).compile(storage.builder).sql).toMatch(expected);
  valueOf(await storage.close());
});
