// Which kind of database a collection stands in.
import type { Collection, CollectionScope } from "./collection.js";

/** The kind of a database: a tenant's (the default one too), or one of the two that are reserved. */
export type DatabaseScope = Exclude<CollectionScope, "everywhere">;

/** Whether databases of the scope have the collection's table. */
export const standsIn = (collection: Pick<Collection, "scope">, scope: DatabaseScope): boolean =>
  collection.scope === "everywhere" || collection.scope === scope;
