// Writes into two databases until the disk is full, says how that ended, and goes on at SIGUSR2, when there is space again.
import { once } from "node:events";
import { join } from "node:path";
import { TenantEngine } from "../../../lib/index.js";
import { childInput, say } from "../../support/child-channel.js";
import { integrityOf } from "../../support/raw-database.js";
import { valueOf } from "../../support/unwrap.js";
import { filledDatabases as names, type FillingInput, type FillingMessage } from "../filling-messages.js";

const { dataDir, acknowledge } = childInput<FillingInput>();
const tell: (message: FillingMessage) => void = say;
const rows = Array.from({ length: 4 }, () => ({ text: "x".repeat(8_000) }));

// Under a limit on the size of files the system ends a process that does not listen.
process.on("SIGXFSZ", () => undefined);

const engine = valueOf(await TenantEngine.open({ dataDir }));
valueOf(await engine.collections.create({ name: "pages", fields: [{ name: "text", type: "text", max: 10_000 }] }));
for (const name of names) valueOf(await engine.databases.create({ name }));

async function counts(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const name of names) found[name] = valueOf(await engine.db(name).collection("pages").count());
  return found;
}

/** Writes until it is refused; gives the code. */
async function fill(name: string): Promise<string> {
  const pages = engine.db(name).collection("pages");
  for (;;) {
    if (acknowledge === "before commit") tell({ kind: "written", database: name, rows: rows.length });
    const made = await pages.createMany(rows);
    if (made.isErr()) return made.error.code;
    if (acknowledge === "after commit") tell({ kind: "written", database: name, rows: rows.length });
  }
}

const space = once(process, "SIGUSR2");
for (const code of await Promise.all(names.map(fill))) tell({ kind: "refused", code, rows: await counts() });
const alive = setInterval(() => undefined, 60_000);
await space;
clearInterval(alive);
for (const name of names) {
  valueOf(await engine.db(name).collection("pages").createMany(rows));
  tell({ kind: "written", database: name, rows: rows.length });
}
valueOf(await engine.databases.create({ name: "newcomer" }));
const found = await counts();
valueOf(await engine.close());
const integrity = await Promise.all([...names, "newcomer"].map((name) => integrityOf(join(dataDir, `${name}.db`))));
tell({ kind: "resumed", rows: found, integrity });
