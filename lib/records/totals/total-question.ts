// How many rows of a collection satisfy a predicate: the statement that counts them, and what a write must know to keep
// its answer right. Says of a question too much rather than too little of what it reads.
import { sql, type CompiledQuery, type RawBuilder } from "kysely";
import { numberOf } from "../../base/object-number.js";
import { PassingSlot } from "../../query/values/bind-parameters.js";
import type { Catalog } from "../../schema/catalog.js";
import type { Collection } from "../../schema/collection.js";
import type { StoreExecutor } from "../../storage/storage.js";

/** A counting statement with its values. */
export interface TotalQuestion {
  /** Equal texts are equal questions. */
  readonly text: string;
  readonly collection: Collection;
  /** The schema that it was compiled against. */
  readonly catalog: Catalog;
  /** Of {@link countStatement}; the same object for all values. */
  readonly statement: CompiledQuery;
  readonly values: readonly unknown[];
}

export const totalQuestion = (parts: Omit<TotalQuestion, "text">): TotalQuestion => ({
  text: JSON.stringify([numberOf(parts.statement), parts.values]),
  ...parts,
});

const beginning = ({ name }: Collection): RawBuilder<unknown> =>
  sql`select count(*) as "total" from ${sql.table(name)} where `;

/** Gives one row, column `total`. Binds the values of the predicate and no others. */
export const countStatement = (
  builder: StoreExecutor,
  collection: Collection,
  predicate: RawBuilder<boolean>,
): CompiledQuery<{ readonly total: number }> =>
  sql<{ readonly total: number }>`${beginning(collection)}${predicate}`.compile(builder);

/** What an answer depends on beside the values that are bound. */
export interface QuestionReach {
  /** The names of all tables whose rows have a part in it. */
  readonly tables: readonly string[];
  /** The predicate's SQL, where it asks of a row nothing but its own columns. */
  readonly ownPredicate: string | undefined;
  /** Whether its values are others at nearly every call. */
  readonly isPassing: boolean;
}

const knownReaches = new WeakMap<CompiledQuery, QuestionReach>();

/** Read from the very text that is run, so that nothing can be forgotten on the way to it. */
export function reachOf({ statement, collection, catalog }: TotalQuestion, builder: StoreExecutor): QuestionReach {
  const known = knownReaches.get(statement);
  if (known) return known;
  const start = beginning(collection).compile(builder).sql;
  const predicate = statement.sql.startsWith(start) ? statement.sql.slice(start.length) : statement.sql;
  const others = [...catalog.collections.keys()].filter((name) => namesTable(predicate, name));
  const reach = {
    tables: [...new Set([collection.name, ...others])],
    // Its own table among them: other rows of the collection have a part in the answer.
    ownPredicate: others.length === 0 ? predicate : undefined,
    isPassing: statement.parameters.some((parameter) => parameter instanceof PassingSlot),
  };
  knownReaches.set(statement, reach);
  return reach;
}

/** Whether rows of a table are read: names are quoted in all SQL that is made here, and columns have their table before them. */
function namesTable(text: string, name: string): boolean {
  const quoted = `"${name}"`;
  for (let at = text.indexOf(quoted); at >= 0; at = text.indexOf(quoted, at + 1)) {
    if (text[at - 1] !== "." && text[at + quoted.length] !== ".") return true;
  }
  return false;
}
