// An engine on real files for one test, closed and gone when the test is over.
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { TenantEngine } from "../../lib/index.js";
import type { CollectionDefinition, Database, EngineOptions } from "../../lib/index.js";
import { makeTempDirectory, removeTempDirectory } from "./temp-directory.js";
import { valueOf } from "./unwrap.js";

/** An engine of a fresh directory, or of `dataDir`, which then stays. Closed when the running test is finished. */
export async function openEngine(options: EngineOptions = {}): Promise<TenantEngine> {
  const dataDir = options.dataDir ?? (await makeTempDirectory());
  // `normal` spares one fsync per write; nothing here cuts the power.
  const engine = valueOf(await TenantEngine.open({ durability: "normal", ...options, dataDir }));
  onTestFinished(async () => {
    await engine.close();
    if (options.dataDir === undefined) await removeTempDirectory(dataDir);
  });
  return engine;
}

/** An engine with the collections, and one tenant database beside the reserved ones. */
export async function openTenant(
  definitions: readonly CollectionDefinition[],
  options: EngineOptions = {},
): Promise<{ readonly engine: TenantEngine; readonly db: Database }> {
  const engine = await openEngine(options);
  for (const definition of definitions) valueOf(await engine.collections.create(definition));
  valueOf(await engine.databases.create({ name: "client1" }));
  return { engine, db: engine.db("client1") };
}

/** What {@link sharedTenant} gives; there only while the file's tests run. */
export interface SharedTenant {
  readonly engine: TenantEngine;
  readonly db: Database;
}

/** One engine and tenant for all tests of a file, for tests that leave nothing behind that another could trip over. */
export function sharedTenant(definitions: readonly CollectionDefinition[], options: EngineOptions = {}): SharedTenant {
  let engine: TenantEngine | undefined;
  let dataDir = "";
  beforeAll(async () => {
    dataDir = await makeTempDirectory();
    engine = valueOf(await TenantEngine.open({ durability: "normal", ...options, dataDir }));
    for (const definition of definitions) valueOf(await engine.collections.create(definition));
    valueOf(await engine.databases.create({ name: "client1" }));
  });
  afterAll(async () => {
    await engine?.close();
    await removeTempDirectory(dataDir);
  });
  const opened = (): TenantEngine => {
    if (!engine) throw new Error("the shared engine is there only while tests run");
    return engine;
  };
  return {
    get engine() {
      return opened();
    },
    get db() {
      return opened().db("client1");
    },
  };
}
