// Runs one scenario on ports that count their calls, and dies before the n-th.
import { join } from "node:path";
import { createDirectoryStore, TenantEngine } from "../../../lib/index.js";
import type { Driver } from "../../../lib/storage/sqlite/driver.js";
import { nodeSqlite3Driver } from "../../../lib/storage/sqlite/node-sqlite3-driver.js";
import { createSqliteStorage } from "../../../lib/storage/sqlite/sqlite-storage.js";
import { childInput, die, say } from "../../support/child-channel.js";
import { observedDriver, observedFileSystem } from "../../support/observed-ports.js";
import { valueOf } from "../../support/unwrap.js";
import { firstOpen, scenarioOf } from "../crash-scenarios.js";
import type { CrashingInput, CrashingMessage } from "../crash-messages.js";

const { dataDir, scenario, killAt, sabotage } = childInput<CrashingInput>();
const tell: (message: CrashingMessage) => void = say;

let calls = 0;
let isArmed = scenario === firstOpen.name;
const observe = (): void => {
  if (!isArmed) return;
  calls += 1;
  if (calls === killAt) die();
};

/** The control: statements that should be one transaction are committed one by one. */
function withoutTransactions(driver: Driver): Driver {
  return {
    name: "without transactions",
    async open(path, mode) {
      const connection = await driver.open(path, mode);
      return {
        ...connection,
        exec: (sql) => connection.exec(sql.replaceAll(/^(begin|commit)\b.*$/gm, "")),
        setLimit: (limit, value) => connection.setLimit(limit, value),
        interrupt: () => connection.interrupt(),
        close: () => connection.close(),
        prepare: (sql) => connection.prepare(/^(begin|commit|rollback)/.test(sql) ? "select 1" : sql),
      };
    },
  };
}

const driver = sabotage === "transactions" ? withoutTransactions(nodeSqlite3Driver) : nodeSqlite3Driver;
const files = observedFileSystem(observe);
const storage = createSqliteStorage({
  dataDir,
  durability: "normal",
  driver: observedDriver(observe, driver),
  fileSystem: files,
});
const store = createDirectoryStore({ directory: join(dataDir, "backups"), fileSystem: files });
const engine = valueOf(await TenantEngine.open({ dataDir, storage, backups: { store } }));
// A copied directory has new files under known names: they are looked at before the counting starts.
if (!isArmed) valueOf(await engine.databases.list());
isArmed = true;
tell({ kind: "started" });
await scenarioOf(scenario).run(engine, {
  files,
  acknowledge: (text) => tell({ kind: "acknowledged", text }),
});
tell({ kind: "finished", calls });
die();
