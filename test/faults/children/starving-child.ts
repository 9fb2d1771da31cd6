// Opens databases while there are descriptors enough, takes nearly all others for itself, as a busy server would, and then
// reads and writes databases that are not open.
import { closeSync, openSync } from "node:fs";
import { TenantEngine } from "../../../lib/index.js";
import { isErrno } from "../../../lib/base/file-system.js";
import type { Storage } from "../../../lib/storage/storage.js";
import { createSqliteStorage } from "../../../lib/storage/sqlite/sqlite-storage.js";
import { childInput, say } from "../../support/child-channel.js";
import { valueOf } from "../../support/unwrap.js";
import type { StarvingInput, StarvingMessage } from "../starving-messages.js";

const { dataDir, databases, spare, isUnrelieved } = childInput<StarvingInput>();
const tell: (message: StarvingMessage) => void = say;

/** The storage without its way to ask. */
function unrelieved(storage: Storage): Storage {
  return new Proxy(storage, {
    get(target, key) {
      if (key === "open") return () => target.open();
      const member = Reflect.get(target, key) as unknown;
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

const storage = createSqliteStorage({ dataDir, durability: "normal" });
const engine = valueOf(
  await TenantEngine.open({
    dataDir,
    storage: isUnrelieved ? unrelieved(storage) : storage,
    maxOpenDatabases: databases,
  }),
);
valueOf(await engine.collections.create({ name: "visits", fields: [{ name: "round", type: "number" }] }));
const names = Array.from({ length: databases }, (_, n) => `tenant-${n}`);
for (const name of names) valueOf(await engine.databases.create({ name }));
const early = names.slice(0, databases / 2);
for (const name of early) valueOf(await engine.db(name).collection("visits").create({ round: 0 }));

const taken: number[] = [];
for (;;) {
  try {
    taken.push(openSync("/dev/null", "r"));
  } catch (thrown) {
    if (!isErrno(thrown, "EMFILE")) throw thrown;
    break;
  }
}
for (const descriptor of taken.splice(0, spare)) closeSync(descriptor);

const outcomes: string[] = [];
for (let round = 1; round <= 2; round += 1) {
  for (const name of names) {
    const visits = engine.db(name).collection("visits");
    const created = await visits.create({ round });
    const counted = await visits.count(`round = ${round}`);
    outcomes.push(
      created.isErr() ? created.error.code : counted.isErr() ? counted.error.code : counted.value === 1 ? "ok" : "lost",
    );
  }
}
const { pool } = valueOf(await engine.stats.get());
for (const descriptor of taken) closeSync(descriptor);
valueOf(await engine.close());
tell({ kind: "served", outcomes, closedForHandles: pool.closes.handles });
