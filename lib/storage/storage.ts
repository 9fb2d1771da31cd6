// The port to a place that keeps many databases. sqlite/ implements it; one conformance suite runs over all
// implementers. Above it nobody knows which store this is.
import type { EngineError } from "../base/errors.js";
import type { Outcome, Result } from "../base/result.js";
import type { StoreDialect } from "./store-dialect.js";
import type { StoreExecutor, StoreValue } from "./store-executor.js";

export type { DynamicTables, StoreExecutor, StoreRow, StoreValue } from "./store-executor.js";

/** What a database file says of itself. It never changes after the file is made. */
export interface StoreIdentity {
  /** Random; tells a database from another that had the same name before. 32 characters of [0-9a-f]. */
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

/** What can be told of a database without opening it. */
export interface StoreEntry {
  readonly name: string;
  /** Bytes on disk, write-ahead log included. */
  readonly sizeBytes: number;
  /** Another value means that another file was put in this place. */
  readonly fingerprint: string;
}

/**
 * A query that finds rows by their key, in the two forms in which it is asked. The same object stands for the same query.
 * Its values, without the key, are the same in both forms.
 */
export interface KeyedQuery {
  /** Gives the column `item` of the row of one key: a JSON object. */
  readonly one: string;
  /** Gives one row, whose column `item` is the dialect's `keyedItems` of the rows of all keys in a JSON list. */
  readonly many: string;
  /** The place of the key, or of the list of keys, among the values. */
  readonly keyAt: number;
}

export interface WriteOptions<T = unknown> {
  /** Undone, and `database_busy`, when the work takes longer, from its turn on. Default: no limit. */
  readonly deadlineMs?: number | undefined;
  /** Shares its transaction with nobody: for work that must not run twice. Default false. */
  readonly isAlone?: boolean | undefined;
  /** It makes room, so that it may go beyond the limit of the database's size where it needs to. Default false. */
  readonly makesRoom?: boolean | undefined;
  /** A faster way to the same. */
  readonly shortcut?: WriteShortcut<T> | undefined;
  /**
   * Whoever calls keeps up with all that the write changes, by `onTransactionEnd`: then it is none of `unfollowedWrites`,
   * unless nobody can tell what is left of it. Default false.
   */
  readonly isFollowed?: boolean;
}

/**
 * Faster ways to what a write's work does. A store takes the one that suits the moment, or none. Where a shortcut
 * gives undefined, or meets an error that undoes no more than itself, nothing of it is left and the work runs.
 */
export interface WriteShortcut<T> {
  /**
   * The whole write as one statement, its last; those before it only read, and what they read no write can change. It
   * needs no transaction around it, so a lone writer saves two calls.
   */
  readonly statement?: (db: StoreExecutor) => Promise<Result<T, EngineError> | undefined>;
  /** How writes that are alike go together. */
  readonly batch?: WriteBatch<T>;
}

/** One of the writes that may go together with others like it. */
export interface WriteBatch<T> {
  /** Writes of the same key go together; equal keys mean equal `run` and `isOneStatement`. */
  readonly key: string;
  /** What this write brings. */
  readonly item: unknown;
  /** About how many bytes it adds to a statement. */
  readonly bytes: number;
  /** Whether `run` makes exactly one statement that writes, as `statement` does. */
  readonly isOneStatement: boolean;
  /**
   * Writes all items in their order and gives what came of each. Undefined where an item must go alone, and then
   * nothing of that item may be left.
   */
  readonly run: (
    db: StoreExecutor,
    items: readonly unknown[],
  ) => Promise<readonly (Result<T, EngineError> | undefined)[]>;
}

/**
 * Whether a database's content is what it was, told without opening it. Two footprints that agree mean that nothing was
 * written in between; two that do not agree mean nothing.
 */
export interface StoreFootprint {
  /** For two moments of one run of the engine. Never the same in two runs. */
  readonly inRun: string;
  /** The files as this run found them. Null once it has written. */
  readonly asFound: string | null;
  /** What a later run finds the files as when nothing is written from now on. Null when that cannot be said yet. */
  readonly atRest: string | null;
}

/** What stands in line at one moment. */
export interface StoreQueues {
  /** Statements of reads that wait for the reader. */
  readonly reads: number;
  /** Transactions that wait for the writer. */
  readonly writes: number;
}

/** How much the store asks of the process at one moment, over all databases. */
export interface StorageLoad {
  /** Calls into the store's own code, each on a thread of its pool. */
  readonly nativeCalls: { readonly limit: number; readonly running: number; readonly waiting: number };
}

export interface CreateOptions {
  /**
   * What is created under the same word is built alike but for its identity, so that the store may run `build` once and copy.
   * Default: `build` runs for this database.
   */
  readonly template?: string | undefined;
  /** The limit of the database's size, in bytes. Default null: none of its own. */
  readonly maxBytes?: number | null;
  /** Runs beside the last call to the disk; its Err undoes the creation. */
  readonly alongside?: (entry: StoreEntry) => Outcome<void>;
}

export interface ReplaceOptions {
  /** The limit of the new database's size, in bytes; null for none of its own. Default: that which it carries. */
  readonly maxBytes?: number | null | undefined;
}

export interface OpenOptions {
  /** The first thing will be a write: the store gets ready for that, and for reads when one comes. Default false. */
  readonly writesFirst?: boolean;
  /** The limit of the database's size, in bytes, if it has none of its own. Default null: none. */
  readonly maxBytes?: number | null;
}

/** One open database. */
export interface Store {
  readonly name: string;
  readonly identity: StoreIdentity;
  /** The schema version that the file has reached. Known without a query. */
  readonly schemaVersion: number;
  readonly queues: StoreQueues;
  /**
   * The most bytes that the database may have, its write-ahead log not counted; null without a limit. What would take it
   * beyond ends in `storage_full` with `limitBytes`, alone among the writes of its time; an upgrade of the schema does not.
   */
  readonly maxBytes: number | null;
  /** The limit that the database itself carries; null when it has none. */
  readonly ownMaxBytes: number | null;
  /**
   * Reads beside the writer. Each statement sees the newest committed state; two statements of one
   * `work` may see different ones.
   */
  read<T>(work: (db: StoreExecutor) => Outcome<T>): Outcome<T>;
  /**
   * The item of one key, a JSON object; undefined when there is none. Reads of the same query and values that wait
   * together share one trip. Sees everything that was committed before the call.
   */
  readByKey(query: KeyedQuery, values: readonly StoreValue[], key: string): Outcome<string | undefined>;
  /**
   * Another number after every write; undefined from the moment on in which others may see what one has written until it is
   * acknowledged. What is read between two looks that gave the same number is of one state of the database.
   */
  readonly state: number | undefined;
  /** How many writes have ended that nobody keeps up with. Moves before the write is acknowledged, and with `state`. */
  readonly unfollowedWrites: number;
  /**
   * As `read`, once for all who wait with the same key; so what the work gives must not be changed by any of them. Sees
   * everything that was committed before the call.
   */
  readShared<T>(key: string, work: (db: StoreExecutor) => Outcome<T>): Outcome<T>;
  /**
   * All or nothing: Err or a throw undoes what the work wrote; Ok is durable when this returns. Writes take place in
   * the order of their calls. Those that wait together share one transaction and one sync of the disk, each undone
   * alone; when a transaction is lost to the disk, all in it end in that error. When it is lost to one of them that
   * took too long, the others run again: so work keeps nothing outside of `db` that a second run would find.
   */
  write<T>(work: (db: StoreExecutor) => Outcome<T>, options?: WriteOptions<T>): Outcome<T>;
  /** One transaction of its own, as `write` with `isAlone`; the file stands at `version` from the same commit on. */
  writeSchema(version: number, work: (db: StoreExecutor) => Outcome<void>): Outcome<void>;
  /** Runs statements that bind no values, all or none of them, and the file stands at `version` from the same commit on. */
  upgrade(version: number, statements: readonly string[]): Outcome<void>;
  /** Sets the database's own limit, in bytes, from now on and for good; null leaves it that of `openStore`. */
  setMaxBytes(maxBytes: number | null): Outcome<void>;
  /** A consistent copy aside, on the disk and checked, made without holding up the writer. */
  snapshot(): Outcome<DetachedStore>;
  /**
   * Ends what is under way, and whatever comes, with the reason: statements are stopped, transactions rolled back. Only
   * `close` is left. A commit that the disk is at already may still succeed.
   */
  interrupt(reason: EngineError): void;
  /** Waits for what is under way, then lets go of the file. Idempotent. */
  close(): Outcome<void>;
}

/** Which software wrote a database, and in which of its formats. */
export interface StoreFormat {
  readonly store: string;
  /** The version of the software. */
  readonly version: string;
  /** The format of the engine's own files. */
  readonly format: number;
}

/** A table, an index or whatever else a database is made of, with the text that makes it. */
export interface StoreObject {
  readonly kind: string;
  readonly name: string;
  /** The table that it belongs to. */
  readonly table: string;
  readonly definition: string;
}

/**
 * A whole database aside from its place, found sound. Nobody else has it open, and nothing opens it but these calls,
 * one after the other. Whoever made it discards it.
 */
export interface DetachedStore {
  readonly identity: StoreIdentity;
  readonly schemaVersion: number;
  readonly format: StoreFormat;
  readonly sizeBytes: number;
  /** What it is made of, by kind and name; what the engine itself keeps in every database is part of it. */
  readonly objects: readonly StoreObject[];
  /** Its bytes from start to end. What goes wrong is thrown while reading, as an `EngineError`. */
  content(): AsyncIterable<Uint8Array>;
  read<T>(work: (db: StoreExecutor) => Outcome<T>): Outcome<T>;
  /** Runs statements that bind no values, all or none of them; then it stands at `version`. */
  upgrade(version: number, statements: readonly string[]): Outcome<void>;
  /** Removes it, unless it was given a place. Idempotent; what cannot be removed now is cleared at the next open of the storage. */
  discard(): Promise<void>;
}

/** A database that another was put in the place of. */
export interface ReplacedEntry {
  /** The name that it had. */
  readonly name: string;
  /** In ms since 1970. */
  readonly replacedAt: number;
  /** Where it lies, for people: relative to the place of the storage. */
  readonly location: string;
  readonly sizeBytes: number;
}

/** What a storage may ask of whoever uses it. */
export interface StorageNeeds {
  /** The system has no more handles to give: closes a store that nobody uses. False when there is none. */
  readonly relieve: () => Promise<boolean>;
}

/** A place that keeps databases by name. Names are checked by the caller; here they are only file names. */
export interface Storage {
  readonly dialect: StoreDialect;
  /** Builds statements outside any database; runs none. */
  readonly builder: StoreExecutor;
  readonly load: StorageLoad;
  /** Takes the place for this engine alone and clears what a crash left. `data_directory_locked` when it is held. */
  open(needs?: StorageNeeds): Outcome<void>;
  /** Lets the place go. Every store must be closed before. Idempotent. */
  close(): Outcome<void>;
  /** All entries by name, foreign ones too. */
  list(): Outcome<readonly StoreEntry[]>;
  /** One entry, or null. */
  stat(name: string): Outcome<StoreEntry | null>;
  /**
   * Makes a database aside, runs `build` in it, and puts it in its place whole: after a crash it is
   * there completely or not at all. `database_exists` when the name is taken.
   */
  create(
    name: string,
    identity: StoreIdentity,
    schemaVersion: number,
    build: (db: StoreExecutor) => Outcome<void>,
    options?: CreateOptions,
  ): Outcome<StoreEntry>;
  /**
   * Opens one. `database_not_found`; `database_corrupt` with the reason when the file is not one that
   * this engine made, is damaged, or comes from a newer engine: it is left untouched.
   */
  openStore(name: string, options?: OpenOptions): Outcome<Store>;
  /** Removes a closed database with all its files and those it was put in the place of, for good. `database_not_found`. */
  remove(name: string): Outcome<void>;
  /** A new database aside, as `create` would make it. */
  build(
    name: string,
    identity: StoreIdentity,
    schemaVersion: number,
    build: (db: StoreExecutor) => Outcome<void>,
  ): Outcome<DetachedStore>;
  /**
   * Gives a detached database of this storage a name and an identity: after a crash it is there completely or not at all.
   * `database_exists` when the name is taken. Whatever the outcome, the detached one is used up.
   */
  install(name: string, detached: DetachedStore, identity: StoreIdentity): Outcome<StoreEntry>;
  /**
   * As `install`, in the place of the closed database that has the name: after a crash wholly the old or wholly the new is
   * there. The old one is kept with all its files; `at` is noted with it. A damaged one may be replaced; `database_not_found`,
   * and `database_corrupt` for a file that this engine did not make.
   */
  replace(
    name: string,
    detached: DetachedStore,
    identity: StoreIdentity,
    at: number,
    options?: ReplaceOptions,
  ): Outcome<ReplacedEntry>;
  /** What was replaced and is still kept, oldest first. */
  listReplaced(): Outcome<readonly ReplacedEntry[]>;
  /** Removes one of them for good. Idempotent. */
  removeReplaced(entry: ReplacedEntry): Outcome<void>;
  /**
   * Takes the content of a whole database from outside, aside from its place, and looks at it without trust: the form of the
   * file, the engine's marks, the soundness of every page. `database_corrupt` with the reason when it is not one of ours, or
   * damaged; what the content throws, if that is an `EngineError`. `name` is for messages.
   */
  receive(name: string, content: AsyncIterable<Uint8Array>): Outcome<DetachedStore>;
  /** What tells whether it was written to; null when it is not there. A write is in it before it is acknowledged. */
  footprint(name: string): Outcome<StoreFootprint | null>;
  /** A closed database is what it was, but its file may be looked at: is it one of ours? Never opens it for writing. */
  inspect(name: string): Outcome<StoreInspection>;
}

export type StoreInspection =
  | { readonly status: "ready"; readonly identity: StoreIdentity; readonly schemaVersion: number }
  | { readonly status: "foreign"; readonly reason: string };
