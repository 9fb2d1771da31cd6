import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { storeSuite } from "./store.suite.js";

storeSuite({ name: "sqlite", create: (dataDir) => createSqliteStorage({ dataDir, durability: "normal" }) });
