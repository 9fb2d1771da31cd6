// An engine on real files for one test, closed and gone when the test is over.
import { onTestFinished } from "vitest";
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
