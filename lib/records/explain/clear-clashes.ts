// A row that clashes with a unique value cannot be written, and yet its rules decide what the caller is told. So those
// that it clashes with are put out of its way, in a transaction that is always undone.
import { sql } from "kysely";
import type { EngineError } from "../../base/errors.js";
import type { Result } from "../../base/result.js";
import type { Collection } from "../../schema/collection.js";
import type { StoreExecutor } from "../../storage/storage.js";
import { idIs } from "../rows/row-predicates.js";
import type { RowValues } from "../rows/write-values.js";

// A collection has at most some unique indexes, and each clash takes away all rows of one.
const mostClashes = 64;

/** What `write` gives once nothing clashes any more. `row` is what it sets, `id` the row that it changes, if it is there. */
export async function writeWithoutClashes<T>(
  db: StoreExecutor,
  collection: Collection,
  row: RowValues,
  id: string,
  write: () => Promise<Result<T, EngineError>>,
): Promise<Result<T, EngineError>> {
  for (let clashes = 0; ; clashes += 1) {
    const written = await write();
    if (written.isOk() || !written.error.is("unique_violation") || clashes === mostClashes) return written;
    await removeClashing(db, collection, written.error.details.fields, row, id);
  }
}

async function removeClashing(
  db: StoreExecutor,
  collection: Collection,
  fields: readonly string[],
  row: RowValues,
  id: string,
): Promise<void> {
  const same = fields.map((name) => {
    const column = sql.ref(`${collection.name}.${name}`);
    const kept = sql`(select "was".${sql.ref(name)} from ${sql.table(collection.name)} as "was" where "was"."id" = ${id})`;
    const value = Object.hasOwn(row, name) ? sql`${row[name]}` : kept;
    // As the index compares: addresses of accounts are the same in any case.
    const ignoresCase = collection.type === "auth" && name === "email";
    return ignoresCase ? sql`${column} = ${value} collate nocase` : sql`${column} = ${value}`;
  });
  await db
    .deleteFrom(collection.name)
    .where(sql<boolean>`not (${idIs(collection, id)}) and ${sql.join(same, sql` and `)}`)
    .execute();
}
