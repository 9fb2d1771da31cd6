// One connection: at most one native call in flight, prepared statements kept, busy waited out in JavaScript.
// What it throws is always an EngineError. It knows nothing of transactions but that one is open.
import { setTimeout as delay } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { EngineError, isEngineError } from "../../../base/errors.js";
import { type DriverConnection, type Driver, DriverError, type DriverRow, type DriverStatement } from "../driver.js";
import {
  breaksHandle,
  endsTransaction,
  translateDriverError,
  translateStorageError,
  uniqueViolationOfIndex,
  violatedIndexOf,
} from "./error-translation.js";
import type { TurnKind } from "./fair-turns.js";
import { Interruption } from "./interruption.js";
import { nativeCall } from "./native-call-limit.js";
import { applyLimits, type ConnectionRole, type Durability, pragmaScript } from "./pragmas.js";
import { StatementDeadline } from "./statement-deadline.js";
import { encodeParameters } from "./value-codec.js";

export interface ConnectionSettings {
  readonly driver: Driver;
  readonly path: string;
  /** The database's name, for the details of errors. */
  readonly name: string;
  readonly role: ConnectionRole;
  readonly durability: Durability;
  /** How long a busy database is tried again, in ms. */
  readonly busyTimeoutMs: number;
  /** Whether another process replicates the log, and alone merges it. */
  readonly isReplicated?: boolean;
  /** Called after each statement, whatever came of it, and before anybody hears of it. */
  readonly onUsed?: () => void;
  /** Why there was no room, where that is not the disk's fault. `pages` is the size of the database. */
  readonly explainFull?: (error: DriverError, pages: number) => Promise<EngineError | null>;
  /** Whose turns at the threads its calls take. Default: those of the path. */
  readonly lane?: string;
}

/** `changes` is there only for statements that give no rows. */
export interface StatementOutcome {
  readonly rows: DriverRow[];
  readonly changes?: number;
}

// An app has some hundred distinct statements at work; a prepared one takes some 5 kB, its text counts as well.
const maxStatements = 256;
const maxStatementCharacters = 1_000_000;

// Starts below the time of one commit and stays far below the pace of people.
const busyBackoffMs = [1, 2, 5, 10, 20, 50] as const;

// Long against the start of a queued statement, short for whoever waits for the rollback.
const interruptEveryMs = 10;

export class Connection {
  readonly #native: DriverConnection;
  readonly #settings: ConnectionSettings;
  readonly #statements: LRUCache<string, DriverStatement>;
  readonly #evicted: DriverStatement[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #deadline = new StatementDeadline(() => this.#native.interrupt());
  #isOccupied = false;
  #isClosed = false;
  #isBroken = false;
  #isInTransaction = false;
  #fatal: EngineError | null = null;
  readonly #interruption = new Interruption();
  readonly #lane: string;

  private constructor(native: DriverConnection, settings: ConnectionSettings) {
    this.#native = native;
    this.#settings = settings;
    this.#lane = settings.lane ?? settings.path;
    this.#statements = new LRUCache({
      max: maxStatements,
      maxSize: maxStatementCharacters,
      sizeCalculation: (_, sql) => sql.length + 1,
      dispose: (statement) => this.#evicted.push(statement),
    });
  }

  /** Opens the file and settles all pragmas and limits. Throws what SQLite found, and closes again. */
  static async open(settings: ConnectionSettings): Promise<Connection> {
    const { driver, path, name, role, durability } = settings;
    let native: DriverConnection;
    try {
      native = await nativeCall(settings.lane ?? path, () => driver.open(path, "readwrite"), kindOf(role));
    } catch (thrown) {
      throw translateStorageError(thrown, name);
    }
    const connection = new Connection(native, settings);
    try {
      applyLimits(native, role);
      await connection.script(pragmaScript(role, durability, settings.isReplicated));
      return connection;
    } catch (thrown) {
      await connection.close();
      throw translateStorageError(thrown, name);
    }
  }

  /** The handle is not to be trusted any more: close it and open another. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Statements that wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Called before each statement by which others may see something new: a commit, or what runs outside of a transaction. */
  onMayCommit: (() => void) | undefined;

  /**
   * Runs one statement with its values. With a deadline, `database_busy` when it takes longer; the time in which it waits
   * for this connection or for a thread does not count.
   */
  execute(
    sql: string,
    parameters: readonly unknown[],
    givesRows: boolean,
    deadlineMs?: number,
  ): Promise<StatementOutcome> {
    if (!this.#isInTransaction) this.onMayCommit?.();
    return this.#execute(sql, parameters, givesRows, deadlineMs);
  }

  async #execute(
    sql: string,
    parameters: readonly unknown[],
    givesRows: boolean,
    deadlineMs?: number,
  ): Promise<StatementOutcome> {
    const values = encodeParameters(parameters);
    if (this.#isOccupied) await this.#turn();
    else this.#isOccupied = true;
    try {
      return await this.#untilNotBusy(async () => {
        if (deadlineMs !== undefined) this.#deadline.start(deadlineMs);
        const statement = this.#statements.get(sql) ?? (await this.#prepare(sql));
        return givesRows ? { rows: await statement.all(values) } : { rows: [], ...(await statement.run(values)) };
      });
    } catch (thrown) {
      throw this.#deadline.lift() ? this.#tookTooLong(deadlineMs, thrown) : thrown;
    } finally {
      this.#deadline.lift();
      this.#endUse();
    }
  }

  #tookTooLong(deadlineMs: number | undefined, cause: unknown): EngineError {
    const message = `The query took longer than ${deadlineMs} ms and was stopped. Ask for less, or add an index for what it compares.`;
    return new EngineError("database_busy", { name: this.#settings.name }, { message, cause });
  }

  /** Runs several statements without values; what they give is dropped. */
  async script(sql: string): Promise<void> {
    if (!this.#isInTransaction) this.onMayCommit?.();
    if (this.#isOccupied) await this.#turn();
    else this.#isOccupied = true;
    try {
      await this.#untilNotBusy(() => this.#native.exec(sql));
    } finally {
      this.#endUse();
    }
  }

  /**
   * Runs several statements without values as one transaction, all in one trip to the thread pool. What SQLite refuses
   * is thrown after the rollback.
   */
  async transactScript(sql: string): Promise<void> {
    this.onMayCommit?.();
    if (this.#isOccupied) await this.#turn();
    else this.#isOccupied = true;
    try {
      await this.#untilNotBusy(async () => {
        try {
          await this.#native.exec(`begin immediate;\n${sql}\ncommit;`);
        } catch (thrown) {
          await this.#native.exec("rollback").catch((second: unknown) => {
            if (!isOverAlready(second)) this.#isBroken = true;
          });
          throw thrown;
        }
      });
    } finally {
      this.#endUse();
    }
  }

  /** Opens a transaction; a busy database is waited for here, and then no more until its end. */
  async begin(): Promise<void> {
    await this.#execute("begin immediate", [], true);
    this.#isInTransaction = true;
  }

  /** Throws what made a commit impossible; then only `rollback` is left. */
  async commit(): Promise<void> {
    this.onMayCommit?.();
    await this.#execute("commit", [], true);
    this.#isInTransaction = false;
  }

  /** Never throws: where SQLite has rolled back on its own nothing is left to do, else the handle counts as broken. */
  async rollback(): Promise<void> {
    this.#isInTransaction = false;
    this.#fatal = null;
    try {
      await this.#execute("rollback", [], true);
    } catch (thrown) {
      if (!isOverAlready(isEngineError(thrown) ? thrown.cause : undefined)) this.#isBroken = true;
    }
  }

  /** Why the open transaction can only be rolled back; null while it can be committed. */
  get fatal(): EngineError | null {
    return this.#fatal ?? this.#interruption.reason;
  }

  /** Gives up the open transaction: stops what runs now, and refuses all but `rollback` with the reason. */
  abort(reason: EngineError): void {
    if (!this.#isInTransaction) return;
    this.#fatal ??= reason;
    this.#interruptUntilFree();
  }

  /** Ends the use of the connection: stops what runs now, and refuses all but `close` with the reason. */
  stop(reason: EngineError): void {
    this.#interruption.interrupt(reason);
    this.#interruptUntilFree();
  }

  /** Calls the listener when it is stopped, now if it is. Whoever ends before takes it away with what this gives. */
  onStop(listener: (reason: EngineError) => void): () => void {
    return this.#interruption.onInterrupt(listener);
  }

  /** Again and again: an interrupt that comes before the pool's thread has begun the statement is lost. */
  #interruptUntilFree(): void {
    if (!this.#isOccupied || this.#isClosed || this.fatal === null) return;
    this.#native.interrupt();
    setTimeout(() => this.#interruptUntilFree(), interruptEveryMs).unref();
  }

  /** After what waits in line. Idempotent; throws when SQLite keeps the handle open. */
  async close(): Promise<void> {
    if (this.#isOccupied) await this.#turn();
    else this.#isOccupied = true;
    try {
      if (this.#isClosed) return;
      this.#statements.clear();
      this.#evicted.length = 0;
      await this.#call(() => this.#native.close());
      this.#isClosed = true;
      this.#deadline.end();
    } catch (thrown) {
      throw translateStorageError(thrown, this.#settings.name);
    } finally {
      this.#yieldTurn();
    }
  }

  async #untilNotBusy<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new EngineError("engine_closed", {}, { message: "This database is closed." });
    const startedAt = performance.now();
    for (let attempt = 0; ; attempt += 1) {
      // Looked at in our turn, not at the call: what queued behind the failing statement would commit alone.
      if (this.fatal !== null) throw this.fatal;
      try {
        return await this.#call(call);
      } catch (thrown) {
        if (!(thrown instanceof DriverError)) throw thrown;
        if (this.#interruption.reason !== null) throw this.#interruption.reason;
        const isOverdue = performance.now() - startedAt >= this.#settings.busyTimeoutMs;
        if (thrown.code !== "BUSY" || this.#isInTransaction || isOverdue) throw await this.#translate(thrown);
      }
      await delay(busyBackoffMs[Math.min(attempt, busyBackoffMs.length - 1)]);
    }
  }

  #call<T>(call: () => Promise<T>): Promise<T> {
    return nativeCall(this.#lane, call, kindOf(this.#settings.role));
  }

  async #prepare(sql: string): Promise<DriverStatement> {
    const statement = await this.#native.prepare(sql);
    this.#statements.set(sql, statement);
    // This statement is the newest and thus not among the evicted, unless it is too long to be kept at all.
    const evicted = this.#evicted.splice(0).filter((old) => old !== statement);
    for (const old of evicted) await old.finalize();
    if (!this.#statements.has(sql)) this.#evicted.push(statement);
    return statement;
  }

  async #translate(error: DriverError): Promise<EngineError> {
    if (breaksHandle(error)) this.#isBroken = true;
    if (this.#isInTransaction && endsTransaction(error)) {
      const translated = (await this.#explainFull(error)) ?? translateDriverError(error, this.#settings.name);
      this.#fatal ??= translated;
      return this.#fatal;
    }
    const index = violatedIndexOf(error);
    if (index === null) return (await this.#explainFull(error)) ?? translateDriverError(error, this.#settings.name);
    const row = await this.#ask("select tbl_name, sql from sqlite_schema where type = 'index' and name = ?", index);
    return uniqueViolationOfIndex(error, { table: String(row["tbl_name"]), sql: String(row["sql"]) });
  }

  async #explainFull(error: DriverError): Promise<EngineError | null> {
    const { explainFull } = this.#settings;
    if (error.code !== "FULL" || explainFull === undefined) return null;
    const { pages } = await this.#ask("select page_count as pages from pragma_page_count()");
    return explainFull(error, Number(pages));
  }

  /** One row about the database itself, in the turn of whoever asks. */
  #ask(sql: string, ...values: readonly string[]): Promise<DriverRow> {
    return this.#call(async () => {
      const statement = await this.#native.prepare(sql);
      try {
        return (await statement.all(values))[0] ?? {};
      } finally {
        await statement.finalize();
      }
    });
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #endUse(): void {
    this.#settings.onUsed?.();
    this.#yieldTurn();
  }

  #yieldTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isOccupied = false;
    else next();
  }
}

const kindOf = (role: ConnectionRole): TurnKind => (role === "writer" || role === "builder" ? "writes" : "reads");

/** SQLite has rolled back on its own: nothing is left to do. */
const isOverAlready = (thrown: unknown): boolean =>
  thrown instanceof DriverError && /no transaction is active/.test(thrown.message);
