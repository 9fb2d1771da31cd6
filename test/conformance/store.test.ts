import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { groupedWritesSuite } from "./grouped-writes.suite.js";
import { storeSuite, type StorageUnderTest } from "./store.suite.js";

const sqlite: StorageUnderTest = {
  name: "sqlite",
  create: (dataDir) => createSqliteStorage({ dataDir, durability: "normal" }),
};

storeSuite(sqlite);
groupedWritesSuite(sqlite);
