// A fleet of 1,000 databases: a second backup of all copies those that were written to, and no other.
import { expect, it } from "vitest";
import { openEngine } from "../../support/open-engine.js";
import { valueOf } from "../../support/unwrap.js";

const databases = 1_000;
const changed = 10;

it(`backs up ${databases} databases, and then the ${changed} that were written to`, async () => {
  const engine = await openEngine();
  valueOf(await engine.collections.create({ name: "notes", fields: [{ name: "title", type: "text" }] }));
  const names = Array.from({ length: databases }, (_, n) => `tenant${n}`);
  const write = async (name: string): Promise<void> =>
    void valueOf(await engine.db(name).collection("notes").create({ title: name }));
  await inLanes(names, async (name) => {
    valueOf(await engine.databases.create({ name }));
    await write(name);
  });

  const first = valueOf(await engine.backups.createAll());
  expect(first).toMatchObject({ total: databases + 3, copied: databases + 3, unchanged: 0, failed: [] });
  // Every one spread over the fleet, the open ones and those closed long ago.
  const written = names.filter((_, n) => n % (databases / changed) === 7);
  for (const name of written) await write(name);
  // Opening and reading is no writing.
  for (const name of names.slice(0, 50)) valueOf(await engine.db(name).collection("notes").count());

  const second = valueOf(await engine.backups.createAll());
  expect(second).toMatchObject({ copied: changed, unchanged: databases + 3 - changed, failed: [] });
  const sets = valueOf(await engine.backups.listSets());
  const backups = valueOf(await engine.backups.list());
  expect(backups).toHaveLength(databases + 3 + changed);
  const copiedTwice = backups.map(({ database }) => database).filter((name, at, all) => all.indexOf(name) !== at);
  expect(copiedTwice.sort()).toEqual([...written].sort());
  for (const { databases: members, missing } of sets) expect([members.length, missing]).toEqual([databases + 3, []]);
});

/** Four at a time. */
async function inLanes(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const left = [...names];
  const lane = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) await work(name);
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}
