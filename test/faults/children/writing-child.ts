// Writes into four databases until it is killed, and says of each write when it is acknowledged. First it says what
// it finds there: that is how the next child checks the one before it.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { TenantEngine, type Database } from "../../../lib/index.js";
import { childInput, die, say } from "../../support/child-channel.js";
import { integrityOf } from "../../support/raw-database.js";
import { valueOf } from "../../support/unwrap.js";
import { batchSize, databaseNames, type Found, type WritingInput, type WritingMessage } from "../write-ledger.js";

const input = childInput<WritingInput>();
const tell: (message: WritingMessage) => void = say;

/** Reports a write: after the engine's Ok, or, as a control, before anything is written. */
async function acknowledge(ack: WritingMessage, write: () => Promise<void>): Promise<void> {
  if (input.acknowledge === "before commit") tell(ack);
  await write();
  if (input.acknowledge === "after commit") tell(ack);
}

async function survey(db: Database): Promise<Found> {
  const entries: Record<string, number> = {};
  const lines: Record<string, number> = {};
  const counters: Record<string, number> = {};
  for await (const record of db.collection<{ op: string }>("entries").iterate({ fields: "op", batch: 1_000 })) {
    const { op } = valueOf(record);
    entries[op] = (entries[op] ?? 0) + 1;
  }
  for await (const record of db.collection<{ op: string }>("lines").iterate({ fields: "op", batch: 1_000 })) {
    const { op } = valueOf(record);
    lines[op] = (lines[op] ?? 0) + 1;
  }
  for await (const record of db.collection<{ name: string; value: number }>("counters").iterate()) {
    const { name, value } = valueOf(record);
    counters[name] = value;
  }
  const integrity = await integrityOf(join(input.dataDir, `${db.name}.db`));
  return { database: db.name, entries, lines, counters, integrity };
}

async function writeEntries(db: Database): Promise<never> {
  const entries = db.collection<{ op: string }>("entries");
  for (let n = 0; ; n += 1) {
    const op = `${input.cycle}-single-${n}`;
    await acknowledge(
      { kind: "entries", database: db.name, op, rows: 1 },
      async () => void valueOf(await entries.create({ op })),
    );
    const batch = `${input.cycle}-batch-${n}`;
    const rows = Array.from({ length: batchSize }, () => ({ op: batch }));
    await acknowledge(
      { kind: "entries", database: db.name, op: batch, rows: batchSize },
      async () => void valueOf(await entries.createMany(rows)),
    );
  }
}

async function writeTransfers(db: Database): Promise<never> {
  const counter = valueOf(
    await db.collection<{ name: string; value: number }>("counters").getFirst("name = 'transfers'"),
  );
  for (let n = 1; ; n += 1) {
    const op = `${input.cycle}-transfer-${n}`;
    const value = counter.value + 2 * n;
    await acknowledge({ kind: "counter", database: db.name, name: "transfers", value: value - 1 }, async () => {
      valueOf(await db.collection("counters").update(counter.id, { value: value - 1 }));
    });
    await acknowledge({ kind: "transfer", database: db.name, op, value }, async () => {
      const done = await db.transaction(async (tx) => {
        valueOf(await tx.collection("entries").create({ op }));
        valueOf(await tx.collection("counters").update(counter.id, { value }));
        valueOf(await tx.collection("lines").createMany([{ op }, { op }]));
      });
      valueOf(done);
    });
  }
}

/** One of many whose records go together. */
async function writeInCrowd(db: Database, caller: number): Promise<never> {
  for (let n = 0; ; n += 1) {
    const op = `${input.cycle}-crowd-${caller}-${n}`;
    await acknowledge({ kind: "entries", database: db.name, op, rows: 1 }, async () => {
      valueOf(await db.collection("entries").create({ op }));
    });
  }
}

const engine = valueOf(await TenantEngine.open({ dataDir: input.dataDir }));
const text = { name: "op", type: "text", required: true } as const;
valueOf(await engine.collections.create({ name: "entries", fields: [text] }));
valueOf(await engine.collections.create({ name: "lines", fields: [text] }));
valueOf(
  await engine.collections.create({
    name: "counters",
    fields: [
      { name: "name", type: "text", unique: true },
      { name: "value", type: "number" },
    ],
  }),
);
for (const name of databaseNames) {
  const made = await engine.databases.create({ name });
  if (made.isErr() && made.error.code !== "database_exists") throw made.error;
}
const found: Found[] = [];
for (const name of databaseNames) {
  const counters = engine.db(name).collection("counters");
  if (valueOf(await counters.count()) === 0) valueOf(await counters.create({ name: "transfers", value: 0 }));
  found.push(await survey(engine.db(name)));
}
const leftovers = (await Promise.all([".tmp", ".trash"].map((side) => readdir(join(input.dataDir, side))))).flat();
tell({ kind: "found", found, leftovers });
if (input.stopAfterSurvey) die();
const { crowd = 0 } = input;
const writers =
  crowd > 0
    ? Array.from({ length: crowd }, (_, caller) => writeInCrowd(engine.db(databaseNames[0]), caller))
    : databaseNames.flatMap((name) => [writeEntries(engine.db(name)), writeTransfers(engine.db(name))]);
tell({ kind: "writing" });
await Promise.all(writers);
