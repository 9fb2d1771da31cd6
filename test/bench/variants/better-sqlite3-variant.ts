// better-sqlite3, hand-written in the ordinary way: the other driver that a tenant map would be built on.
import { join } from "node:path";
import type Database from "better-sqlite3";
import type { Durability } from "../../../lib/storage/sqlite/connections/pragmas.js";
import type { VariantFactory } from "../variant.js";
import { BetterTenant, openBetter } from "./better-tenant.js";
import { schema, wideSchema } from "./hand-written-sql.js";

/** Tenants as durable as the engine's, or such that power loss may take their last writes. */
export const openBetterVariant =
  (durability: Durability): VariantFactory =>
  async (directory) => {
    const databases: Database.Database[] = [];
    return {
      async openTenant(name) {
        const database = openBetter(join(directory, `${name}.db`), durability);
        databases.push(database);
        database.exec(schema);
        return new BetterTenant(database);
      },
      async openWideMaker(collections) {
        const sql = `begin; ${wideSchema(collections)} commit;`;
        return {
          async make(name) {
            const database = openBetter(join(directory, `${name}.db`), durability);
            database.exec(sql);
            database.close();
          },
        };
      },
      async close() {
        for (const database of databases) database.close();
      },
    };
  };
