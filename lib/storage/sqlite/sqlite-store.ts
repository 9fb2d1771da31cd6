// One open database: a writer behind a queue, a reader beside it, both opened when first needed.
import type { EngineError } from "../../base/errors.js";
import { err, ok, type Outcome, refuse } from "../../base/result.js";
import type {
  DetachedStore,
  KeyedQuery,
  Store,
  StoreExecutor,
  StoreIdentity,
  StoreQueues,
  StoreValue,
  WriteOptions,
} from "../storage.js";
import { withOneRowReader } from "../one-row.js";
import type { Connection } from "./connections/connection.js";
import { ConnectionSlot } from "./connections/connection-slot.js";
import { driverErrorOf, endsTransaction, translateStorageError } from "./connections/error-translation.js";
import { Interruption } from "./connections/interruption.js";
import { createExecutor, type RunStatement } from "./connections/kysely-dialect.js";
import type { SizeLimit } from "./connections/size-limit.js";
import { runTransaction } from "./connections/transaction.js";
import { writeMaxBytes } from "./database-identity.js";
import { AlikeReads } from "./reading/alike-reads.js";
import { KeyedReads } from "./reading/keyed-reads.js";
import { SharedReads } from "./reading/shared-reads.js";
import { setSchemaVersion, upgradeScript } from "./schema-version.js";
import type { QueuedWrite, WriteOutcome } from "./writing/queued-write.js";
import { WriteQueue } from "./writing/write-queue.js";

// Twice as many as share a trip: while some are under way, the next ones come together.
const mostQuestions = 16;

export interface SqliteStoreParts {
  readonly name: string;
  readonly identity: StoreIdentity;
  readonly schemaVersion: number;
  readonly limit: SizeLimit;
  /** Already open: whoever opened the database read its identity through it. */
  readonly opened: { readonly role: "reader" | "writer"; readonly connection: Connection };
  readonly openReader: () => Promise<Connection>;
  /** How long a statement of the reader may run, in ms. */
  readonly queryMs: number | undefined;
  readonly openWriter: () => Promise<Connection>;
  /** `interruption` ends it on the way. */
  readonly snapshot: (interruption: Interruption) => Promise<DetachedStore>;
  /** Called once, after the last handle is gone. */
  readonly onClosed: () => Promise<void>;
}

export class SqliteStore implements Store {
  readonly name: string;
  readonly identity: StoreIdentity;
  readonly #reader: ConnectionSlot;
  readonly #writer: ConnectionSlot;
  readonly #readExecutor: StoreExecutor;
  readonly #keyedReads: KeyedReads;
  readonly #sharedReads = new SharedReads(mostQuestions);
  readonly #alikeReads: AlikeReads;
  readonly #sharedExecutor: StoreExecutor;
  readonly #parts: SqliteStoreParts;
  readonly #writes: WriteQueue;
  #schemaVersion: number;
  #running = 0;
  /** How many turns of the writer have ended, and whether others may see already what the present one has written. */
  #turns = 0;
  #isShowing = false;
  #unfollowed = 0;
  readonly #onIdle: (() => void)[] = [];
  /** Ends the snapshots that are being made. */
  readonly #interruption = new Interruption();
  #isClosing = false;
  #closing: Outcome<void> | null = null;

  constructor(parts: SqliteStoreParts) {
    this.name = parts.name;
    this.identity = parts.identity;
    this.#schemaVersion = parts.schemaVersion;
    this.#parts = parts;
    const { role, connection } = parts.opened;
    this.#reader = new ConnectionSlot(parts.openReader, role === "reader" ? connection : null);
    this.#writer = new ConnectionSlot(
      async () => this.#listen(await parts.openWriter()),
      role === "writer" ? this.#listen(connection) : null,
    );
    this.#writes = new WriteQueue({
      name: parts.name,
      connect: () => this.#writer.ready ?? this.#writer.connect(),
      beyondLimit: (connection, run) => parts.limit.lifted(connection, run),
      afterTurn: (connection) => {
        if (!connection.isBroken) return;
        // Both: while one handle lives, SQLite goes on with the log's index that the failing disk left behind.
        this.#writer.retire();
        this.#reader.retire();
      },
      // In the same breath in which the writes are acknowledged, so that nobody runs between the two.
      afterSettled: () => {
        this.#turns += 1;
        this.#isShowing = false;
      },
    });
    const run: RunStatement = async (sql, values, givesRows) => {
      const connection = this.#reader.ready ?? (await this.#reader.connect());
      return connection.execute(sql, values, givesRows, parts.queryMs);
    };
    this.#readExecutor = createExecutor(run);
    this.#alikeReads = new AlikeReads(run);
    const alike = createExecutor((sql, values, givesRows) => this.#alikeReads.read(sql, values, givesRows));
    this.#sharedExecutor = withOneRowReader(alike, async ({ sql, parameters }) => {
      const { rows } = await this.#alikeReads.readRow(sql, parameters);
      return rows[0];
    });
    this.#keyedReads = new KeyedReads(async (sql, values) => {
      const { rows } = await run(sql, values, true);
      return (rows[0]?.["item"] ?? undefined) as string | undefined;
    });
  }

  get schemaVersion(): number {
    return this.#schemaVersion;
  }

  get maxBytes(): number | null {
    return this.#parts.limit.maxBytes;
  }

  get ownMaxBytes(): number | null {
    return this.#parts.limit.own;
  }

  get state(): number | undefined {
    return this.#isShowing ? undefined : this.#turns;
  }

  get unfollowedWrites(): number {
    return this.#unfollowed;
  }

  get queues(): StoreQueues {
    const questions = this.#sharedReads.waiting + this.#alikeReads.waiting;
    const reads = (this.#reader.ready?.waiting ?? 0) + this.#keyedReads.waiting + questions;
    return { reads, writes: this.#writes.waiting };
  }

  async read<T>(work: (db: StoreExecutor) => Outcome<T>): Outcome<T> {
    if (this.#isClosing) return refuseClosed();
    this.#running += 1;
    try {
      return await work(this.#readExecutor);
    } catch (thrown) {
      return err(translateStorageError(thrown, this.name));
    } finally {
      this.#leave();
    }
  }

  readShared<T>(key: string, work: (db: StoreExecutor) => Outcome<T>): Outcome<T> {
    return this.read(() => this.#sharedReads.share(key, () => work(this.#sharedExecutor)));
  }

  readByKey(query: KeyedQuery, values: readonly StoreValue[], key: string): Outcome<string | undefined> {
    if (this.#isClosing) return Promise.resolve(refuseClosed());
    this.#running += 1;
    return new Promise((resolve) => {
      this.#keyedReads.add(query, values, key, (outcome) => {
        this.#leave();
        resolve(outcome);
      });
    });
  }

  write<T>(work: (db: StoreExecutor) => Outcome<T>, options: WriteOptions<T> = {}): Outcome<T> {
    const { isAlone = false, isFollowed = false, deadlineMs } = options;
    if (!isAlone) return this.#enqueue((settle) => ({ work, options, settle }), isFollowed) as Outcome<T>;
    return this.#onWriter(
      (connection) => runTransaction(connection, work, { name: this.name, deadlineMs }),
      isFollowed,
    );
  }

  async writeSchema(version: number, work: (db: StoreExecutor) => Outcome<void>): Outcome<void> {
    const beforeCommit = setSchemaVersion(version);
    if (beforeCommit.isErr()) return err(beforeCommit.error);
    return this.#onWriter(async (connection) => {
      const options = { name: this.name, beforeCommit: beforeCommit.value };
      const written = await runTransaction(connection, work, options);
      if (written.isOk()) this.#schemaVersion = version;
      return written;
    });
  }

  async upgrade(version: number, statements: readonly string[]): Outcome<void> {
    const script = upgradeScript(version, statements);
    if (script.isErr()) return err(script.error);
    const { limit } = this.#parts;
    return this.#onWriter(async (connection) => {
      await limit.lifted(connection, () => connection.transactScript(script.value));
      this.#schemaVersion = version;
      return ok(undefined);
    });
  }

  setMaxBytes(maxBytes: number | null): Outcome<void> {
    const { limit } = this.#parts;
    return this.#onWriter(async (connection) => {
      await limit.lifted(connection, () => writeMaxBytes(connection, maxBytes));
      limit.own = maxBytes;
      await limit.apply(connection);
      return ok(undefined);
    });
  }

  async snapshot(): Outcome<DetachedStore> {
    if (this.#isClosing) return refuseClosed();
    this.#running += 1;
    try {
      return ok(await this.#parts.snapshot(this.#interruption));
    } catch (thrown) {
      return err(translateStorageError(thrown, this.name));
    } finally {
      this.#leave();
    }
  }

  interrupt(reason: EngineError): void {
    this.#interruption.interrupt(reason);
    this.#reader.stop(reason);
    this.#writer.stop(reason);
  }

  close(): Outcome<void> {
    this.#isClosing = true;
    this.#closing ??= this.#close().then((outcome) => {
      // A handle that SQLite kept open is tried again by the next close().
      if (outcome.isErr()) this.#closing = null;
      return outcome;
    });
    return this.#closing;
  }

  async #close(): Outcome<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    try {
      await this.#reader.close();
      // The last handle merges the log into the file and removes it; the writer's settings say how safely.
      await this.#writer.close();
      await this.#parts.onClosed();
      return ok(undefined);
    } catch (thrown) {
      return err(translateStorageError(thrown, this.name));
    }
  }

  #listen(writer: Connection): Connection {
    writer.onMayCommit = () => {
      this.#isShowing = true;
    };
    return writer;
  }

  /** Alone on the writer, in the order of the calls. */
  #onWriter<T>(run: (connection: Connection) => Outcome<T>, isFollowed = false): Outcome<T> {
    return this.#enqueue((settle) => ({ run, settle }), isFollowed) as Outcome<T>;
  }

  #enqueue(write: (settle: QueuedWrite["settle"]) => QueuedWrite, isFollowed: boolean): Promise<WriteOutcome> {
    if (this.#isClosing) return Promise.resolve(refuseClosed());
    this.#running += 1;
    return new Promise((resolve) => {
      const settle = (outcome: WriteOutcome): void => {
        if (!isFollowed || isUnsure(outcome)) this.#unfollowed += 1;
        this.#leave();
        resolve(outcome);
      };
      this.#writes.add(write(settle));
    });
  }

  #leave(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    for (const resume of this.#onIdle.splice(0)) resume();
  }
}

/** Whether the disk, or who stopped the write, leaves open what stands in the file. */
function isUnsure(outcome: WriteOutcome): boolean {
  const cause = outcome.isErr() ? driverErrorOf(outcome.error) : undefined;
  return cause !== undefined && endsTransaction(cause);
}

const refuseClosed = (): ReturnType<typeof refuse> =>
  refuse("engine_closed", {}, { message: "This database is closed." });
