// Which rows of a collection's table count: the live ones, the named ones. Soft deletion is decided here alone.
import { sql, type RawBuilder } from "kysely";
import type { ParameterSlot } from "../../query/values/bind-parameters.js";
import type { Collection } from "../../schema/collection.js";
import type { StoreDialect } from "../../storage/store-dialect.js";

/** Rows that are not soft-deleted. Every read of records goes through here. */
export const liveRows = (collection: Collection): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(`${collection.name}.deleted`)} is null`;

export const deletedRows = (collection: Collection): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(`${collection.name}.deleted`)} is not null`;

/** The row of an id; `id` is the value itself or a slot for it. */
export const idIs = (collection: Collection, id: string | ParameterSlot): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(`${collection.name}.id`)} = ${id}`;

/** Rows of any of the ids: one bound value, however many there are. `ids` is a slot for {@link idList}. */
export const idsIn = (dialect: StoreDialect, collection: Collection, ids: ParameterSlot): RawBuilder<boolean> =>
  valueIn(dialect, `${collection.name}.id`, ids);

/** Whether a text column holds one of the ids; `ids` is a slot for {@link idList}. */
export const valueIn = (dialect: StoreDialect, column: string, ids: ParameterSlot): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(column)} in (select value from ${dialect.elementsOf(sql`${ids}`)})`;

/** Ids as the one value that stands for all of them. */
export const idList = (ids: readonly string[]): string => JSON.stringify(ids);
