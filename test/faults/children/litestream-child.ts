// Writes numbered rows into several databases, evenly, and tells when each was acknowledged; until it is killed.
import { setTimeout as delay } from "node:timers/promises";
import { TenantEngine } from "../../../lib/index.js";
import { childInput, say } from "../../support/child-channel.js";
import { valueOf } from "../../support/unwrap.js";
import type { LitestreamInput, LitestreamMessage } from "../litestream-messages.js";

const { dataDir, names } = childInput<LitestreamInput>();
const tell: (message: LitestreamMessage) => void = say;

const engine = valueOf(await TenantEngine.open({ dataDir, litestream: true }));
valueOf(await engine.collections.create({ name: "lines", fields: [{ name: "number", type: "number" }] }));
for (const name of names) valueOf(await engine.databases.create({ name }));
const replica = { type: "file", path: `${dataDir}-replica` } as const;
tell({ kind: "ready", config: valueOf(await engine.backups.litestreamConfig({ replica })) });

for (let number = 1; ; number += 1) {
  for (const database of names) {
    valueOf(await engine.db(database).collection("lines").create({ number }));
    tell({ kind: "written", database, number, at: Date.now() });
  }
  // A pace that leaves the machine to Litestream as well.
  await delay(20);
}
