// Holds the data directory given as argument until it is killed. Says "held" when it does.
import { createSqliteStorage } from "../../../lib/storage/sqlite/sqlite-storage.js";

const storage = createSqliteStorage({ dataDir: process.argv[2] ?? "", durability: "full" });
const opened = await storage.open();
process.stdout.write(opened.isOk() ? "held\n" : `${opened.error.code}\n`);
setInterval(() => undefined, 1_000_000);
