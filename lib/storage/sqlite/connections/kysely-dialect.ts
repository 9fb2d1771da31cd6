// Kysely over one connection. Kysely builds and compiles; whoever runs the statement is handed in, so that an executor
// costs one small object. What it throws is always an EngineError.
import {
  type CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  DefaultQueryExecutor,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { EngineError } from "../../../base/errors.js";
import type { DynamicTables, StoreExecutor } from "../../storage.js";
import type { StatementOutcome } from "./connection.js";

/** Runs one statement; rejects with an `EngineError`. */
export type RunStatement = (
  sql: string,
  parameters: readonly unknown[],
  givesRows: boolean,
) => Promise<StatementOutcome>;

/** An executor whose statements all go through `run`. Costs about a microsecond: make one for each transaction. */
export function createExecutor(run: RunStatement): StoreExecutor {
  const executor = new StatementExecutor(compiler, adapter, new RunningConnection(run));
  return new Kysely<DynamicTables>({ config: { dialect }, dialect, driver, executor });
}

class RunningConnection implements DatabaseConnection, ConnectionProvider {
  readonly #run: RunStatement;

  constructor(run: RunStatement) {
    this.#run = run;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.#run(query.sql, query.parameters, givesRows(query));
    return changes === undefined ? { rows: rows as R[] } : { rows: rows as R[], numAffectedRows: BigInt(changes) };
  }

  // eslint-disable-next-line require-yield -- the interface wants a generator
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw unsupported("Streaming is not offered: page by key.");
  }

  provideConnection<T>(consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    return consumer(this);
  }
}

/** Kysely's executor without its way through provider, plugins and checks when there are no plugins. */
class StatementExecutor extends DefaultQueryExecutor {
  readonly #connection: RunningConnection;

  constructor(compiler: SqliteQueryCompiler, adapter: SqliteAdapter, connection: RunningConnection) {
    super(compiler, adapter, connection);
    this.#connection = connection;
  }

  override executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#connection.executeQuery<R>(query);
  }
}

// Raw text is looked at: `run` on a statement that gives rows would leave it half-way with its locks held.
function givesRows({ query, sql }: CompiledQuery): boolean {
  switch (query.kind) {
    case "InsertQueryNode":
    case "UpdateQueryNode":
    case "DeleteQueryNode":
      return query.returning !== undefined;
    case "RawNode":
      return !/^\s*(?:insert|update|delete|replace)\s/i.test(sql) || /\breturning\b/i.test(sql);
    default:
      return true;
  }
}

function unsupported(message: string): EngineError {
  return new EngineError("internal", {}, { message });
}

const refuseTransaction = (): Promise<never> =>
  Promise.reject(unsupported("Transactions are made by Store.write alone."));

const compiler = new SqliteQueryCompiler();
const adapter = new SqliteAdapter();

const driver: Driver = {
  init: () => Promise.resolve(),
  acquireConnection: refuseTransaction,
  beginTransaction: refuseTransaction,
  commitTransaction: refuseTransaction,
  rollbackTransaction: refuseTransaction,
  releaseConnection: () => Promise.resolve(),
  destroy: () => Promise.resolve(),
};

const dialect: Dialect = {
  createAdapter: () => adapter,
  createDriver: () => driver,
  createQueryCompiler: () => compiler,
  createIntrospector: (db) => new SqliteIntrospector(db),
};

/** Builds statements and runs none. */
export const statementBuilder: StoreExecutor = createExecutor(() =>
  Promise.reject(unsupported("A builder runs no statements.")),
);
