// Backups of a database that is written to all the while: each is a moment of it, with all that was acknowledged before.
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Database } from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { queryFile } from "../support/raw-database.js";
import { seededRandom, testSeed } from "../support/random.js";
import { valueOf } from "../support/unwrap.js";

const accounts = { name: "accounts", fields: [{ name: "balance", type: "number", required: true }] } as const;
const notes = { name: "notes", fields: [{ name: "number", type: "number" }] } as const;

const accountCount = 20;
const startingBalance = 100;
const wantedBackups = 20;
const pauseMs = 5;

it(
  "holds every acknowledged write in each of 20 backups, and money is neither made nor lost",
  { timeout: 120_000 },
  async () => {
    const { engine, db } = await openTenant([accounts, notes]);
    const random = seededRandom(testSeed("backups-under-load"));
    const rows = Array.from({ length: accountCount }, () => ({ balance: startingBalance }));
    valueOf(await db.collection("accounts").createMany(rows));
    const ids = valueOf(await db.collection("accounts").getList(1, accountCount)).items.map(({ id }) => id);
    let acknowledged = 0;
    let isOver = false;

    const count = async (): Promise<void> => {
      while (!isOver) {
        valueOf(await db.collection("notes").create({ number: acknowledged + 1 }));
        acknowledged += 1;
        await pause();
      }
    };
    const transfer = async (): Promise<void> => {
      while (!isOver) {
        const [from, to] = [
          ids[Math.floor(random() * accountCount)] ?? "",
          ids[Math.floor(random() * accountCount)] ?? "",
        ];
        if (from !== to) valueOf(await move(db, from, to, Math.ceil(random() * 10)));
        await pause();
      }
    };
    const writers = Promise.all([count(), transfer(), transfer()]);

    const made: { readonly id: string; readonly acknowledgedBefore: number }[] = [];
    while (made.length < wantedBackups) {
      const acknowledgedBefore = acknowledged;
      const { id } = valueOf(await engine.backups.create("client1"));
      made.push({ id, acknowledgedBefore });
    }
    isOver = true;
    await writers;

    // A backup that nobody wrote beside would prove nothing.
    expect(made.at(-1)?.acknowledgedBefore).toBeGreaterThan(wantedBackups);
    for (const { id, acknowledgedBefore } of made) {
      const content = join(engine.dataDir, "backups", id, "content");
      const [row] = await queryFile(
        content,
        `select (select sum(balance) from accounts) as money, (select count(*) from accounts) as accounts,
         (select count(*) from notes) as notes, (select max(number) from notes) as newest`,
      );
      expect(row).toMatchObject({ money: accountCount * startingBalance, accounts: accountCount });
      const { notes: found, newest } = row as { readonly notes: number; readonly newest: number | null };
      expect(found).toBeGreaterThanOrEqual(acknowledgedBefore);
      // Without holes.
      expect(newest ?? 0).toBe(found);
    }
    for (const { id } of made.slice(-2)) valueOf(await engine.backups.verify(id));
  },
);

const move = (db: Database, from: string, to: string, amount: number) =>
  db.transaction(async (tx) => {
    const collection = tx.collection<{ balance: number }>("accounts");
    const [payer, payee] = [valueOf(await collection.getOne(from)), valueOf(await collection.getOne(to))];
    valueOf(await collection.update(from, { balance: payer.balance - amount }));
    return collection.update(to, { balance: payee.balance + amount });
  });

/** Some two hundred writes a second between the three writers. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauseMs));
