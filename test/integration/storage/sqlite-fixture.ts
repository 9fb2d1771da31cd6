// A SQLite storage on a directory of the running test, with what its tests ask of it.
import { onTestFinished } from "vitest";
import { ok } from "../../../lib/base/result.js";
import { createSqliteStorage, type SqliteStorageOptions } from "../../../lib/storage/sqlite/sqlite-storage.js";
import type { Storage, Store, StoreExecutor } from "../../../lib/storage/storage.js";
import { tempDirectory } from "../../support/temp-directory.js";
import { valueOf } from "../../support/unwrap.js";

export const identity = { id: "a".repeat(32), createdAt: "2026-01-02T03:04:05.678Z" };

export async function buildNotes(db: StoreExecutor) {
  await db.schema
    .createTable("notes")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("text", "text")
    .execute();
  return ok(undefined);
}

export interface OpenStorage {
  readonly storage: Storage;
  readonly dataDir: string;
  /** Makes a database with an empty table `notes` (id, text). */
  make(name: string): Promise<void>;
  /** Opens one; closed with the test. */
  openStore(name: string): Promise<Store>;
}

/** An open storage in a fresh directory (or the given one), closed with the test. */
export async function openSqliteStorage(options: Partial<SqliteStorageOptions> = {}): Promise<OpenStorage> {
  const dataDir = options.dataDir ?? (await tempDirectory());
  const storage = createSqliteStorage({ durability: "normal", ...options, dataDir });
  valueOf(await storage.open());
  const stores: Store[] = [];
  onTestFinished(async () => {
    for (const store of stores) await store.close();
    await storage.close();
  });
  return {
    storage,
    dataDir,
    make: async (name) => void valueOf(await storage.create(name, identity, 1, buildNotes)),
    openStore: async (name) => {
      const store = valueOf(await storage.openStore(name));
      stores.push(store);
      return store;
    },
  };
}

export const insertNote = (store: Store, id: string) =>
  store.write(async (db) => ok(await db.insertInto("notes").values({ id }).execute()));

export async function noteIds(store: Store): Promise<unknown[]> {
  const rows = valueOf(
    await store.read(async (db) => ok(await db.selectFrom("notes").select("id").orderBy("id").execute())),
  );
  return rows.map((row) => row["id"]);
}
