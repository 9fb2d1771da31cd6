// How many of the rows that a write is about satisfy each of several predicates, asked inside of the write.
import { sql, CompiledQuery } from "kysely";
import { isEngineError } from "../../base/errors.js";
import type { StoreDialect } from "../../storage/store-dialect.js";
import type { StoreExecutor, StoreRow } from "../../storage/storage.js";
import type { OwnPredicate, RememberedTotal } from "./table-totals.js";

// Predicates times rows of one transaction. At 0.05 µs each it takes a millisecond, and counting 20,000 rows anew no more.
const mostAnswers = 16_384;

const answersOf = new WeakMap<StoreExecutor, number>();

/** Whether a change is to be asked about; its transaction counts what was asked before. */
export function isWorthAsking(db: StoreExecutor, predicates: number, rows: number): boolean {
  if (predicates === 0) return false;
  const answers = (answersOf.get(db) ?? 0) + predicates * rows;
  answersOf.set(db, answers);
  return answers <= mostAnswers;
}

export interface ChangedRows {
  readonly db: StoreExecutor;
  readonly dialect: StoreDialect;
  readonly table: string;
  readonly ids: readonly string[];
  readonly asked: readonly RememberedTotal[];
}

// A statement gives at most 2,000 columns and binds at most 32,766 values; a predicate has some hundred at most.
const predicatesInOne = 64;
const valuesInOne = 16_000;

/** One number for each that is asked; undefined when the store refuses, which must not be felt by the write. */
export async function rowsIn({ db, dialect, table, ids, asked }: ChangedRows): Promise<readonly number[] | undefined> {
  const numbers: number[] = [];
  const end = sql` from ${sql.table(table)} where ${sql.ref(`${table}.id`)} in (select value from ${dialect.elementsOf(sql`${JSON.stringify(ids)}`)})`;
  const { sql: from, parameters } = end.compile(dialect.builder);
  try {
    for (const predicates of portions(asked.map(({ own }) => own as OwnPredicate))) {
      const columns = predicates.map((own, index) => `count(*) filter (where ${own.sql}) as "${index}"`);
      const values = [...predicates.flatMap((own) => own.values), ...parameters];
      const { rows } = await db.executeQuery<StoreRow>(
        CompiledQuery.raw(`select ${columns.join(", ")}${from}`, values),
      );
      for (const index of predicates.keys()) numbers.push(Number(rows[0]?.[String(index)]));
    }
    return numbers;
  } catch (thrown) {
    // When the whole transaction is lost with it, what comes next says so.
    if (isEngineError(thrown)) return undefined;
    throw thrown;
  }
}

function portions(predicates: readonly OwnPredicate[]): readonly OwnPredicate[][] {
  const portions: OwnPredicate[][] = [];
  let values = Infinity;
  for (const predicate of predicates) {
    const last = portions.at(-1);
    values += predicate.values.length;
    if (last !== undefined && last.length < predicatesInOne && values <= valuesInOne) {
      last.push(predicate);
    } else {
      portions.push([predicate]);
      values = predicate.values.length;
    }
  }
  return portions;
}
