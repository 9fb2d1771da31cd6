// Serves a thousand databases with few file descriptors, counting how many it holds after each opening of a file.
import { readdirSync, readlinkSync } from "node:fs";
import pLimit from "p-limit";
import { TenantEngine } from "../../../lib/index.js";
import { createSqliteStorage } from "../../../lib/storage/sqlite/sqlite-storage.js";
import { childInput, say } from "../../support/child-channel.js";
import { observedDriver } from "../../support/observed-ports.js";
import { seededRandom } from "../../support/random.js";
import { valueOf } from "../../support/unwrap.js";
import type { FleetInput, FleetMessage } from "../fleet-messages.js";

const { dataDir, databases, rounds, maxOpenDatabases, seed } = childInput<FleetInput>();
const tell: (message: FleetMessage) => void = say;

let mostDescriptors = 0;
let mostOpen = 0;

/** Looks at what this process holds after each opening: all descriptors, and how many different database files. */
function countDescriptors(call: string): void {
  // The pragmas: the first call on a file that was just opened. At every call it would cost more than the work.
  if (call !== "exec") return;
  const descriptors = readdirSync("/proc/self/fd");
  mostDescriptors = Math.max(mostDescriptors, descriptors.length);
  const files = descriptors.map((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`);
    } catch {
      // The one that read the directory.
      return "";
    }
  });
  const open = new Set(files.filter((file) => file.endsWith(".db") && !file.includes("/.tmp/")));
  mostOpen = Math.max(mostOpen, open.size);
}

const storage = createSqliteStorage({ dataDir, durability: "normal", driver: observedDriver(countDescriptors) });
const engine = valueOf(await TenantEngine.open({ dataDir, storage, maxOpenDatabases }));
valueOf(await engine.collections.create({ name: "visits", fields: [{ name: "round", type: "number" }] }));

const names = Array.from({ length: databases }, (_, n) => `tenant-${n}`);
const creating = pLimit(8);
await Promise.all(names.map((name) => creating(async () => valueOf(await engine.databases.create({ name })))));
tell({ kind: "created" });

const random = seededRandom(seed);
const wrong: string[] = [];
for (let round = 1; round <= rounds; round += 1) {
  const order = names.map((name) => ({ name, place: random() })).sort((a, b) => a.place - b.place);
  // Half as many again as may be open.
  const serving = pLimit(Math.ceil(maxOpenDatabases * 1.5));
  await Promise.all(
    order.map(({ name }) =>
      serving(async () => {
        const visits = engine.db(name).collection("visits");
        valueOf(await visits.create({ round }));
        const count = valueOf(await visits.count());
        if (count !== round) wrong.push(`${name} holds ${count} visits in round ${round}`);
      }),
    ),
  );
}
valueOf(await engine.close());
tell({ kind: "served", wrong, mostDescriptors, mostOpen, leftOpen: readdirSync("/proc/self/fd").length });
