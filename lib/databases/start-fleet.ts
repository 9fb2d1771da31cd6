// What happens at open: take the directory, make the reserved databases if they are not there, read the schema log, and
// begin to read the register. Nothing here touches a tenant's file.
import pLimit from "p-limit";
import { formatTimestamp, type Clock } from "../base/clock.js";
import type { EngineError } from "../base/errors.js";
import type { IdGenerator } from "../base/ids.js";
import type { EngineLimits } from "../base/limits.js";
import type { Logger } from "../base/logger.js";
import { err, ok, refuse, type Outcome, type Result } from "../base/result.js";
import type { DatabaseRule } from "../access/rule-book.js";
import { Catalog } from "../schema/catalog.js";
import type { SchemaLogEntry } from "../schema/schema-change.js";
import { missingSystemChanges } from "../schema/system-collections.js";
import type { Storage, Store } from "../storage/storage.js";
import { adoptDatabase } from "./register/adopt-database.js";
import { compileUpgrade } from "./compile-upgrade.js";
import { createFile } from "./create-database.js";
import { DatabasePool } from "./open/database-pool.js";
import { defaultDatabaseName, reservedNames } from "./database-name.js";
import { DatabaseRules, readDatabaseRules } from "./rules/database-rules.js";
import { DatabaseRegister, type DefaultDatabase } from "./register/database-register.js";
import type { Fleet } from "./fleet.js";
import { Gate } from "./open/gate.js";
import { OpenDatabase } from "./open/open-database.js";
import { SchemaHistory } from "./schema-history.js";
import {
  appendToLog,
  createSystemTables,
  readLog,
  readRegisteredNames,
  runStatements,
  type RegisteredDatabase,
} from "./register/system-tables.js";

export interface FleetOptions {
  readonly storage: Storage;
  readonly maxOpenDatabases: number;
  readonly idleCloseMs: number;
  /** How large a tenant's database may become that has no limit of its own, in bytes; null for any size. */
  readonly maxDatabaseBytes: number | null;
  readonly clock: Clock;
  readonly newId: IdGenerator;
  readonly logger: Logger;
  readonly limits: EngineLimits;
}

/** A running fleet, and how to end it. */
export interface StartedFleet {
  readonly fleet: Fleet;
  /** Drains and closes every database, then lets the directory go. */
  stop(): Outcome<void>;
}

/** `data_directory_locked`, `database_corrupt` (a default database that is not ours), `storage_*`. */
export async function startFleet(options: FleetOptions): Outcome<StartedFleet> {
  const { storage } = options;
  // The pool comes later: the storage must be open for it.
  const later: { pool?: DatabasePool<OpenDatabase> } = {};
  const taken = await storage.open({ relieve: async () => (await later.pool?.relieve()) ?? false });
  if (taken.isErr()) return err(taken.error);
  const started = await startInDirectory(options, (pool) => (later.pool = pool));
  // The first error is the one to tell; that of letting go would only hide it.
  if (started.isErr()) void (await storage.close());
  return started;
}

async function startInDirectory(
  options: FleetOptions,
  onPool: (pool: DatabasePool<OpenDatabase>) => void,
): Outcome<StartedFleet> {
  const { storage, clock, logger, limits, newId } = options;
  const memory = await readDefaultDatabase(options);
  if (memory.isErr()) return err(memory.error);
  const schema = new SchemaHistory(memory.value.log, storage);
  const rules = new DatabaseRules(schema, memory.value.rules);
  const parts = { storage, schema, logger, maxBytes: options.maxDatabaseBytes };
  const asFound = new Set<string>();
  const pool = new DatabasePool<OpenDatabase>({
    open: async (name) => {
      const opened = await OpenDatabase.open(parts, name, register.get(name)?.schemaVersion, asFound.has(name));
      if (opened.isOk()) register.confirm(name, opened.value.store.identity.id);
      return opened;
    },
    maxOpen: options.maxOpenDatabases,
    pinned: defaultDatabaseName,
    idleCloseMs: options.idleCloseMs,
    waitMs: limits.waitMs,
    clock,
    logger,
  });
  onPool(pool);
  const defaultDatabase: DefaultDatabase = {
    read: (work) => pool.lease(defaultDatabaseName, ({ store }) => store.read(work)),
    write: (work) => pool.lease(defaultDatabaseName, ({ store }) => store.write(work)),
  };
  const register = new DatabaseRegister(memory.value.reserved, defaultDatabase, logger);
  const pin = new Gate();
  const pinned = pinDefault(pool, pin);
  const fleet: Fleet = {
    storage,
    pool,
    asFound,
    schema,
    register,
    rules,
    schemaTurn: pLimit(1),
    clock,
    newId,
    logger,
    limits,
  };
  const stop = once(async () => {
    await register.settled();
    pin.open();
    const closed = await pool.close();
    void (await pinned);
    const released = await storage.close();
    return closed.isErr() ? err(closed.error) : released;
  });
  const ready = await ensureReserved(fleet);
  if (ready.isErr()) {
    void (await stop());
    return err(ready.error);
  }
  // Not waited for: the time of opening shall not grow with the number of databases.
  void register.load();
  return ok({ fleet, stop });
}

/** The default database holds the schema log, so every schema change needs it: it is never closed for being idle. */
function pinDefault(pool: DatabasePool<OpenDatabase>, pin: Gate): Outcome<boolean> {
  return pool.lease(defaultDatabaseName, async () => ok(await pin.opened()));
}

interface DefaultMemory {
  readonly log: readonly SchemaLogEntry[];
  readonly reserved: readonly RegisteredDatabase[];
  readonly rules: readonly DatabaseRule[];
}

/** Makes the default database if it is not there; reads the log, completed by what a newer engine adds to it. */
async function readDefaultDatabase(options: FleetOptions): Outcome<DefaultMemory> {
  const { storage, newId, clock } = options;
  const present = await storage.stat(defaultDatabaseName);
  if (present.isErr()) return err(present.error);
  if (!present.value) {
    const created = await createDefault(storage, newId, clock);
    if (created.isErr()) return err(created.error);
  }
  const opened = await storage.openStore(defaultDatabaseName);
  if (opened.isErr()) return err(opened.error);
  const store = opened.value;
  const memory = await readMemory(options, store);
  const closed = await store.close();
  return memory.isOk() && closed.isErr() ? err(closed.error) : memory;
}

async function createDefault(storage: Storage, newId: IdGenerator, clock: Clock): Outcome<void> {
  const entries = systemEntries(Catalog.empty, clock);
  const identity = { id: newId(), createdAt: formatTimestamp(clock.now()) };
  const created = await storage.create(defaultDatabaseName, identity, entries.length, async (db) => {
    await createSystemTables(db);
    await appendToLog(db, entries);
    await runStatements(db, compileUpgrade(storage, Catalog.empty, entries, "default"));
    return ok(undefined);
  });
  return created.map(() => undefined);
}

/** The changes that make the engine's own collections, as far as a log lacks them. */
function systemEntries(catalog: Catalog, clock: Clock): readonly SchemaLogEntry[] {
  const at = formatTimestamp(clock.now());
  return missingSystemChanges(catalog).map((change, index) => ({ version: catalog.version + index + 1, at, change }));
}

async function readMemory({ storage, clock }: FleetOptions, store: Store): Outcome<DefaultMemory> {
  const log = await store.read(readLog);
  if (log.isErr()) return err(log.error);
  const catalog = Catalog.fold(log.value);
  if (catalog.version !== store.schemaVersion) {
    const reason = `its schema log ends at version ${catalog.version}, but the file stands at ${store.schemaVersion}`;
    return refuse(
      "database_corrupt",
      { name: store.name, reason },
      { message: `The default database cannot be used: ${reason}.` },
    );
  }
  const missing = systemEntries(catalog, clock);
  const completed = missing.length === 0 ? ok(undefined) : await addToLog(storage, store, catalog, missing);
  if (completed.isErr()) return err(completed.error);
  return store.read(async (db) => {
    const rules = await readDatabaseRules(db);
    if (rules.isErr()) return err(rules.error);
    return ok({
      log: [...log.value, ...missing],
      reserved: await readRegisteredNames(db, reservedNames),
      rules: rules.value,
    });
  });
}

function addToLog(storage: Storage, store: Store, catalog: Catalog, entries: readonly SchemaLogEntry[]): Outcome<void> {
  return store.writeSchema(catalog.version + entries.length, async (db) => {
    await appendToLog(db, entries);
    await runStatements(db, compileUpgrade(storage, catalog, entries, "default"));
    return ok(undefined);
  });
}

/** Makes the reserved databases that are not there, and registers all three. */
async function ensureReserved(fleet: Fleet): Outcome<void> {
  for (const name of reservedNames) {
    const present = await fleet.storage.stat(name);
    if (present.isErr()) return err(present.error);
    const ready: Result<unknown, EngineError> = present.value
      ? await registerReserved(fleet, name, present.value.fingerprint)
      : await fleet.pool.hold(name, () => createFile(fleet, name));
    if (ready.isErr()) return err(ready.error);
  }
  return ok(undefined);
}

async function registerReserved(fleet: Fleet, name: string, fingerprint: string): Outcome<void> {
  if (fleet.register.get(name)?.fingerprint === fingerprint) return ok(undefined);
  return fleet.pool.lease(name, async ({ store, catalog }) => {
    const adopted = await adoptDatabase(fleet, name, store.identity, catalog.version);
    return adopted.isErr() ? err(adopted.error) : ok(undefined);
  });
}

/** Stopping happens once; whoever asks again gets the same promise. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= work());
}
