// tenant-engine as an app uses it: public names and default options only.
import { join } from "node:path";
import { type CollectionDefinition, TenantEngine } from "../../../lib/index.js";
import { valueOf } from "../../support/unwrap.js";
import type { Variant } from "../variant.js";
import { posts, tickets } from "./engine-collections.js";
import { makeEngineFleet } from "./engine-fleet.js";
import { EngineTenant, openEngineAccounts } from "./engine-tenant.js";

const wideCollection = (number: number): CollectionDefinition => ({
  name: `wide${number}`,
  type: "base",
  fields: [
    { name: "title", type: "text" },
    { name: "body", type: "text" },
    { name: "owner", type: "text" },
    { name: "count", type: "number" },
    { name: "done", type: "bool" },
  ],
  indexes: [{ fields: ["owner"] }],
});

async function openWith(dataDir: string, definitions: readonly CollectionDefinition[]): Promise<TenantEngine> {
  const engine = valueOf(await TenantEngine.open({ dataDir }));
  for (const definition of definitions) valueOf(await engine.collections.create(definition));
  return engine;
}

/** The engine. */
export async function openEngineVariant(directory: string): Promise<Variant> {
  const users: CollectionDefinition = { name: "users", type: "auth", fields: [] };
  const engine = await openWith(join(directory, "tenants"), [posts, tickets, users]);
  const open = [engine];
  return {
    async openTenant(name) {
      valueOf(await engine.databases.create({ name }));
      return new EngineTenant(engine, name);
    },
    async openWideMaker(collections) {
      const definitions = Array.from({ length: collections }, (_, number) => wideCollection(number));
      const wide = await openWith(join(directory, "wide"), definitions);
      open.push(wide);
      return {
        async make(name) {
          valueOf(await wide.databases.create({ name }));
        },
      };
    },
    async openAccounts(name, emails) {
      valueOf(await engine.databases.create({ name }));
      return openEngineAccounts(engine.db(name), emails);
    },
    makeFleet: (databases) => makeEngineFleet(join(directory, `fleet${databases}`), databases),
    async close() {
      for (const each of open) valueOf(await each.close());
    },
  };
}
