// A clash with a unique value tells that somebody has the value. Only who may write the record at all is told.
import { sql } from "kysely";
import { isEngineError, type EngineError } from "../../base/errors.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { Collection } from "../../schema/collection.js";
import type { StoreExecutor } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";
import { idIs } from "./row-predicates.js";

/**
 * What `write` gives. When it ends in `unique_violation` and the caller is bound by rules, `replace` writes the record in
 * the place of those that it clashes with, and `allow` asks the rules about it: if they refuse, their refusal is the
 * outcome, else the clash. An Err in both cases, so that the transaction or savepoint around it is undone.
 */
export async function tellClash<T>(
  { policy }: RecordContext,
  write: () => Promise<T>,
  replace: () => Promise<unknown>,
  allow: () => Outcome<void>,
): Outcome<T> {
  try {
    return ok(await write());
  } catch (thrown) {
    if (policy.bypassesRules || !isEngineError(thrown) || !thrown.is("unique_violation")) throw thrown;
    return err(await refusalOrClash(thrown, replace, allow));
  }
}

/** The rules' refusal of a record that clashes, else the clash. Whatever it is used in must be undone. */
export async function refusalOrClash(
  clash: EngineError,
  replace: () => Promise<unknown>,
  allow: () => Outcome<void>,
): Promise<EngineError> {
  await replace();
  const allowed = await allow();
  return allowed.isErr() ? allowed.error : clash;
}

/** Puts a new row in the place of those that it clashes with. */
export const replaceByNew = (
  db: StoreExecutor,
  { name }: Collection,
  row: Readonly<Record<string, unknown>>,
): Promise<unknown> => db.replaceInto(name).values(row).execute();

/** Changes a row, in the place of those that it then clashes with. */
export function replaceByChanged(
  db: StoreExecutor,
  collection: Collection,
  id: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const set = Object.entries(changes).map(([column, value]) => sql`${sql.id(column)} = ${value}`);
  return sql`update or replace ${sql.table(collection.name)} set ${sql.join(set)} where ${idIs(collection, id)}`.execute(
    db,
  );
}
