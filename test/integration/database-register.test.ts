// The register in memory: loaded once and in parts, never behind what has happened meanwhile.
import { describe, expect, it } from "vitest";
import { silentLogger } from "../../lib/base/logger.js";
import { ok, refuse, type Outcome } from "../../lib/base/result.js";
import { DatabaseRegister } from "../../lib/databases/register/database-register.js";
import {
  createSystemTables,
  saveRegistered,
  type RegisteredDatabase,
} from "../../lib/databases/register/system-tables.js";
import { Gate } from "../../lib/databases/open/gate.js";
import type { StoreExecutor } from "../../lib/storage/storage.js";
import { openSqliteStorage } from "./storage/sqlite-fixture.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const databaseOf = (n: number): RegisteredDatabase => ({
  name: `db-${String(n).padStart(5, "0")}`,
  id: n.toString(16).padStart(32, "0"),
  createdAt: "2026-01-02T03:04:05.678Z",
  fingerprint: `f${n}`,
  schemaVersion: 3,
});

/** A register over a real default database that holds so many rows; reads wait at the gate, or fail. */
async function makeRegister(rows: number) {
  const { storage, openStore } = await openSqliteStorage();
  const build = async (db: StoreExecutor) => {
    await createSystemTables(db);
    await saveRegistered(
      db,
      Array.from({ length: rows }, (_, n) => databaseOf(n)),
    );
    return ok(undefined);
  };
  valueOf(await storage.create("default", { id: "d".repeat(32), createdAt: databaseOf(0).createdAt }, 1, build));
  const store = await openStore("default");
  const gate = new Gate();
  gate.open();
  const state = { gate, reads: 0, fails: false };
  const read = async <T>(work: (db: StoreExecutor) => Outcome<T>): Outcome<T> => {
    state.reads += 1;
    await gate.opened();
    return state.fails ? refuse("storage_failed", {}) : store.read(work);
  };
  const register = new DatabaseRegister([databaseOf(0)], { read, write: (work) => store.write(work) }, silentLogger);
  return { register, state };
}

describe("the register", () => {
  it("knows what it was given at once, and everything when it is loaded", async () => {
    const { register, state } = await makeRegister(2_500);
    expect(register.isLoaded).toBe(false);
    expect(register.get("db-00000")).toEqual(databaseOf(0));
    expect(register.get("db-02499")).toBeUndefined();
    const loads = await Promise.all([register.load(), register.load()]);
    for (const loaded of loads) valueOf(loaded);
    expect(register.isLoaded).toBe(true);
    expect(register.size).toBe(2_500);
    expect(register.get("db-02499")).toEqual(databaseOf(2_499));
    expect(register.nameOf(databaseOf(1_000).id)).toBe("db-01000");
    expect(register.countBehind(4)).toBe(2_500);
    expect(register.countBehind(3)).toBe(0);
    valueOf(await register.load());
    expect(state.reads).toBe(3);
  });

  it("keeps to what happened while it was read", async () => {
    const { register, state } = await makeRegister(3);
    state.gate.shut();
    const loading = register.load();
    valueOf(await register.add({ ...databaseOf(1), id: "e".repeat(32), schemaVersion: 9 }));
    valueOf(await register.remove("db-00000"));
    state.gate.open();
    valueOf(await loading);
    expect(register.get("db-00000")).toBeUndefined();
    expect(register.get("db-00001")).toMatchObject({ id: "e".repeat(32), schemaVersion: 9 });
    expect(register.nameOf(databaseOf(1).id)).toBeUndefined();
    expect(register.names).toHaveLength(2);
  });

  it("is loaded by the next call when the first could not read", async () => {
    const { register, state } = await makeRegister(5);
    state.fails = true;
    refusalOf(await register.load(), "storage_failed");
    expect(register.isLoaded).toBe(false);
    state.fails = false;
    valueOf(await register.load());
    expect(register.size).toBe(5);
  });
});
