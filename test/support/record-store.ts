// A real store with collections, and the context in which operations on records run there: what the engine hands them,
// without the engine.
import { sql } from "kysely";
import { onTestFinished } from "vitest";
import { systemClock } from "../../lib/base/clock.js";
import { createIdGenerator } from "../../lib/base/ids.js";
import { defaultLimits } from "../../lib/base/limits.js";
import { ok } from "../../lib/base/result.js";
import { trustedPolicy } from "../../lib/access/access-policy.js";
import { createPasswordHasher } from "../../lib/access/password-hash.js";
import { compileUpgrade } from "../../lib/databases/compile-upgrade.js";
import { QueryCache } from "../../lib/records/query-cache.js";
import type { RecordContext } from "../../lib/records/record-context.js";
import { RememberedTotals } from "../../lib/records/totals/remembered-totals.js";
import { Catalog } from "../../lib/schema/catalog.js";
import type { Store } from "../../lib/storage/storage.js";
import type { Driver } from "../../lib/storage/sqlite/driver.js";
import { nodeSqlite3Driver } from "../../lib/storage/sqlite/node-sqlite3-driver.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { SchemaDraft } from "./schema.js";
import { tempDirectory } from "./temp-directory.js";
import { valueOf } from "./unwrap.js";

export interface RecordStore {
  readonly store: Store;
  /** Of trusted code. */
  readonly context: RecordContext;
}

/** Makes a database with the collections; closed with the test. */
export async function openRecordStore(
  definitions: readonly unknown[],
  {
    driver = nodeSqlite3Driver,
    ...options
  }: { readonly automaticIndexes?: boolean; readonly driver?: Driver | undefined } = {},
): Promise<RecordStore> {
  const draft = new SchemaDraft(options);
  for (const definition of definitions) draft.create(definition);
  const storage = createSqliteStorage({ dataDir: await tempDirectory(), durability: "normal", driver });
  valueOf(await storage.open());
  const newId = createIdGenerator(systemClock);
  const identity = { id: newId(), createdAt: new Date().toISOString() };
  valueOf(await storage.create("one", identity, 0, () => Promise.resolve(ok(undefined))));
  const store = valueOf(await storage.openStore("one"));
  onTestFinished(async () => {
    valueOf(await store.close());
    valueOf(await storage.close());
  });
  const upgrade = compileUpgrade(storage, Catalog.empty, draft.entries, "tenants");
  valueOf(await store.upgrade(draft.catalog.version, upgrade));
  return {
    store,
    context: {
      ...{
        databaseName: "one",
        databaseId: identity.id,
        scope: "tenants",
        catalog: draft.catalog,
        policy: trustedPolicy,
      },
      services: {
        ...{ dialect: storage.dialect, clock: systemClock, newId, limits: defaultLimits, queries: new QueryCache() },
        totals: new RememberedTotals(storage.dialect, defaultLimits.rememberedTotals),
        passwords: createPasswordHasher(),
        cursorKey: () => new Uint8Array(32),
      },
      read: (work) => store.read(work),
      state: () => undefined,
      readShared: (key, work) => store.readShared(key, work),
      readByKey: (query, values, key) => store.readByKey(query, values, key),
      write: (work, options) => store.write(work, options),
    },
  };
}

/** The ids of all rows, by table. */
export async function idsIn(store: Store, tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const table of tables) {
    const rows = await store.read(async (db) => ok(await db.selectFrom(table).select("id").orderBy("id").execute()));
    found.set(
      table,
      valueOf(rows).map(({ id }) => String(id)),
    );
  }
  return found;
}

export async function emptyTables(store: Store, tables: readonly string[]): Promise<void> {
  for (const table of tables)
    valueOf(await store.write(async (db) => ok(await sql`delete from ${sql.table(table)}`.execute(db))));
}
