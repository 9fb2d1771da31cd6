// Which kind of database a collection stands in.
import type { Collection, CollectionScope } from "./collection.js";

/** The kind of a database: a tenant's, or one of the three that are reserved. */
export type DatabaseScope = Exclude<CollectionScope, "everywhere">;

/** Whether databases of the scope have the collection's table. The default database has what tenants have, and more. */
export const standsIn = (collection: Pick<Collection, "scope">, scope: DatabaseScope): boolean =>
  collection.scope === "everywhere" ||
  collection.scope === scope ||
  (scope === "default" && collection.scope === "tenants");
