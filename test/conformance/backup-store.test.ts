import { join } from "node:path";
import { createDirectoryStore } from "../../lib/index.js";
import { tempDirectory } from "../support/temp-directory.js";
import { backupStoreSuite } from "./backup-store.suite.js";

backupStoreSuite({
  name: "directory",
  create: async () => createDirectoryStore({ directory: join(await tempDirectory(), "backups") }),
});
