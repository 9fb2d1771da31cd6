// Backs up all databases and compares the backups with what the databases hold; then writes and backs up at random until
// it is killed.
import { copyFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { TenantEngine } from "../../../lib/index.js";
import { childInput, say } from "../../support/child-channel.js";
import { seededRandom } from "../../support/random.js";
import { queryFile } from "../../support/raw-database.js";
import { valueOf } from "../../support/unwrap.js";
import type { SetInput, SetMessage } from "../set-messages.js";

const { dataDir, seed } = childInput<SetInput>();
const tell: (message: SetMessage) => void = say;
const random = seededRandom(seed);
// Those at the end are seldom written to, and rest long enough to be known after a crash.
const names = ["often", "now-and-then", "seldom", "hardly-ever"];

const engine = valueOf(await TenantEngine.open({ dataDir, durability: "normal", maxOpenDatabases: 4 }));
valueOf(
  await engine.collections.create({
    name: "numbers",
    fields: [
      { name: "key", type: "text" },
      { name: "value", type: "number" },
    ],
  }),
);
for (const name of names) {
  if (!valueOf(await engine.databases.exists(name))) valueOf(await engine.databases.create({ name }));
}

async function write(name: string): Promise<void> {
  const numbers = engine.db(name).collection<{ key: string; value: number }>("numbers");
  const former = await numbers.getFirst("key = 'n'");
  const value = former.isOk() ? former.value.value + 1 : 1;
  if (former.isOk()) valueOf(await numbers.update(former.value.id, { value }));
  else valueOf(await numbers.create({ key: "n", value }));
  tell({ kind: "written", database: name, value });
}

async function held(name: string): Promise<number> {
  const found = await engine.db(name).collection<{ value: number }>("numbers").getFirst("key = 'n'");
  return found.isOk() ? found.value.value : 0;
}

async function stored(backup: string): Promise<number> {
  const copy = join(dataDir, "..", `copy-${process.pid}.db`);
  await copyFile(join(dataDir, "backups", backup, "content"), copy);
  const [row] = await queryFile(copy, `select "value" from "numbers" where "key" = 'n'`);
  await rm(copy);
  return Number(row?.["value"] ?? 0);
}

const report = valueOf(await engine.backups.createAll());
const manifest = JSON.parse(await readFile(join(dataDir, "backups", report.set!, "manifest.json"), "utf8")) as {
  readonly databases: readonly { readonly name: string; readonly backup: string }[];
};
const problems: string[] = [];
for (const { name, backup } of manifest.databases.filter((member) => names.includes(member.name))) {
  const [now, then] = [await held(name), await stored(backup)];
  if (now !== then) problems.push(`${name} holds ${now}, its backup ${then}`);
}
tell({ kind: "checked", unchanged: report.unchanged, problems });

for (;;) {
  const kind = random();
  if (kind < 0.2) valueOf(await engine.backups.createAll({ concurrency: 1 + Math.floor(random() * 4) }));
  // Each next name a fourth as often as the one before.
  else await write(names[Math.min(names.length - 1, Math.floor(-Math.log(random()) / Math.log(4)))]!);
}
