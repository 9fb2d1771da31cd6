// A collection of one database, as its users hold it. Holds no file open; each call takes its own lease.
import type { RecordOperation } from "../access/rule-book.js";
import type { EngineError } from "../base/errors.js";
import type { Result, ResultAsync } from "../base/result.js";
import type { Outcome } from "../base/result.js";
import { countRecords, type CountOptions } from "../records/count-records.js";
import { createManyRecords, type CreateManyOptions } from "../records/create-many-records.js";
import { createRecord } from "../records/create-record.js";
import { deleteRecord, purgeRecord } from "../records/delete-record.js";
import { explainOperation } from "../records/explain/explain-operation.js";
import type { ExplainRequest, Explanation } from "../records/explain/explanation.js";
import {
  getFirstRecord,
  getRecord,
  getRecordText,
  type GetFirstOptions,
  type GetOptions,
} from "../records/get-record.js";
import { iterateRecords, type IterateOptions } from "../records/iterate-records.js";
import type { ListOptions, RecordPage } from "../records/pages/list-plan.js";
import { listRecords, listRecordsText } from "../records/list-records.js";
import type { RecordContext } from "../records/record-context.js";
import type { SelectionOptions } from "../records/selection/record-selection.js";
import { undeleteRecord } from "../records/undelete-record.js";
import { updateRecord } from "../records/update-record.js";
import type { FilterInput } from "../records/pages/record-filter.js";

/** What the engine sets in every record. */
export interface SystemFields {
  /** Time-ordered; 32 characters of [0-9a-f]. */
  readonly id: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly created: string;
  /** RFC 3339, UTC, milliseconds; later after every change. */
  readonly updated: string;
  /** Only in collections with softDelete; null while the record is live. */
  readonly deleted?: string | null;
}

/** A record as it is read: your fields, the system's, and what was expanded. */
export type RecordOf<Fields extends object> = Fields &
  SystemFields & {
    /** Related records by field, when `expand` asked for them. */
    readonly expand?: Readonly<Record<string, unknown>>;
  };

/** What a write takes: your fields, as many as you like (the collection says which are required); any object where no type was given. */
export type RecordInput<Fields extends object> = string extends keyof Fields ? object : Partial<Fields>;

/** Runs one operation with a context of the collection's database. */
export type RunInDatabase = <T>(
  operation: RecordOperation,
  work: (context: RecordContext) => Outcome<T>,
) => ResultAsync<T, EngineError>;

/** Explains one call on the collection. */
export type ExplainCall = (request: ExplainRequest) => ResultAsync<Explanation, EngineError>;

/**
 * The records of one collection in one database.
 *
 * Every call gives a `ResultAsync` and can end in `collection_not_found`, `database_not_found`, `database_busy`,
 * `database_corrupt`, `engine_closed` and the `storage_…` codes beside those it names.
 *
 * @typeParam Fields - the shape of your own fields, without the system's.
 * @example
 * ```ts
 * const posts = engine.db("client1").collection<{ title: string }>("posts");
 * const page = await posts.getList(1, 20, { filter: ["title ~ {:word}", { word: "news" }], sort: "-created" });
 * ```
 */
export class Collection<Fields extends object = Record<string, unknown>> {
  readonly #run: RunInDatabase;
  readonly #explain: ExplainCall;
  /** The collection's name. */
  readonly name: string;

  /** @internal */
  constructor(name: string, run: RunInDatabase, explain?: ExplainCall) {
    this.name = name;
    this.#run = run;
    // Inside a transaction the caller has been let in already.
    this.#explain = explain ?? ((request) => run("view", (context) => explainOperation(context, this.name, request)));
  }

  /**
   * One page of records.
   *
   * @param page - from 1. Default 1.
   * @param perPage - 1 to `limits.perPage` (1,000). Default 30.
   * @returns `filter_invalid`, `sort_invalid`, `request_invalid` (page, perPage, fields, expand, cursor).
   */
  getList(page = 1, perPage = 30, options: ListOptions = {}): ResultAsync<RecordPage<RecordOf<Fields>>, EngineError> {
    return this.#run("list", (context) => listRecords(context, this.name, page, perPage, options)) as ResultAsync<
      RecordPage<RecordOf<Fields>>,
      EngineError
    >;
  }

  /**
   * What {@link getList} gives, as JSON text: for whoever passes it on. The store builds the records' JSON and nobody
   * parses it on the way, unless `expand` is asked for. Numbers may stand in another notation than `JSON.stringify`
   * gives them (`1.0e+21`), and read back as the same numbers.
   *
   * @example
   * ```ts
   * const page = await posts.getListText(1, 20, { sort: "-created" });
   * if (page.isOk()) console.log(page.value.length);
   * ```
   */
  getListText(page = 1, perPage = 30, options: ListOptions = {}): ResultAsync<string, EngineError> {
    return this.#run("list", (context) => listRecordsText(context, this.name, page, perPage, options));
  }

  /** The record of an id. `record_not_found`, `request_invalid`. */
  getOne(id: string, options: GetOptions = {}): ResultAsync<RecordOf<Fields>, EngineError> {
    return this.#one("view", (context) => getRecord(context, this.name, id, options));
  }

  /** What {@link getOne} gives, as JSON text; see {@link getListText}. */
  getOneText(id: string, options: GetOptions = {}): ResultAsync<string, EngineError> {
    return this.#run("view", (context) => getRecordText(context, this.name, id, options));
  }

  /** The first record that a filter selects, in the order of `sort` (default: as they were made). `record_not_found`, `filter_invalid`, `sort_invalid`. */
  getFirst(filter: FilterInput, options: GetFirstOptions = {}): ResultAsync<RecordOf<Fields>, EngineError> {
    return this.#one("list", (context) => getFirstRecord(context, this.name, filter, options));
  }

  /** How many live records a filter selects; all without one. `filter_invalid`. */
  count(filter: FilterInput = "", options: CountOptions = {}): ResultAsync<number, EngineError> {
    return this.#run("list", (context) => countRecords(context, this.name, filter, options));
  }

  /** Makes a record and gives it as it is stored. `validation_failed`, `unique_violation`, `database_reserved`. */
  create(data: RecordInput<Fields>, options: SelectionOptions = {}): ResultAsync<RecordOf<Fields>, EngineError> {
    return this.#one("create", (context) => createRecord(context, this.name, data, options));
  }

  /**
   * Makes all records in one transaction, or none; gives them in the order of the rows. An error names the first bad
   * row in `details.row`. `validation_failed`, `unique_violation`, `request_invalid` (over `limits.createManyRows`).
   * Passwords of auth collections are hashed first, one after the other at about 11 ms each.
   */
  createMany(
    rows: readonly RecordInput<Fields>[],
    options: CreateManyOptions = {},
  ): ResultAsync<RecordOf<Fields>[], EngineError> {
    return this.#run("create", (context) => createManyRecords(context, this.name, rows, options)) as ResultAsync<
      RecordOf<Fields>[],
      EngineError
    >;
  }

  /** Changes the given fields, leaves the others, and gives the record as it is then stored. `record_not_found`, `validation_failed`, `unique_violation`. */
  update(
    id: string,
    patch: RecordInput<Fields>,
    options: SelectionOptions = {},
  ): ResultAsync<RecordOf<Fields>, EngineError> {
    return this.#one("update", (context) => updateRecord(context, this.name, id, patch, options));
  }

  /**
   * Removes a record for good; with softDelete, hides it until {@link undelete} or {@link purge}.
   * `record_not_found`; `conflict` when another record requires it.
   */
  delete(id: string): ResultAsync<void, EngineError> {
    return this.#run("delete", (context) => deleteRecord(context, this.name, id));
  }

  /** Brings a soft-deleted record back and gives it. `record_not_found`, `unique_violation`, `request_invalid` without softDelete. */
  undelete(id: string, options: SelectionOptions = {}): ResultAsync<RecordOf<Fields>, EngineError> {
    return this.#one("update", (context) => undeleteRecord(context, this.name, id, options));
  }

  /** Removes a soft-deleted record for good. `record_not_found`, `conflict` for a live one, `request_invalid` without softDelete. */
  purge(id: string): ResultAsync<void, EngineError> {
    return this.#run("delete", (context) => purgeRecord(context, this.name, id));
  }

  /**
   * All records that a filter selects, in the order in which they were made, read in batches: memory stays
   * bounded however many there are. Records made or changed meanwhile may or may not be seen; none comes twice.
   *
   * Gives Results, because nothing here throws: an Err is the last one.
   *
   * @example
   * ```ts
   * for await (const record of posts.iterate({ filter: "published = true" })) {
   *   if (record.isErr()) return console.error(record.error.message);
   *   console.log(record.value.title);
   * }
   * ```
   */
  iterate(options: IterateOptions = {}): AsyncGenerator<Result<RecordOf<Fields>, EngineError>, void, undefined> {
    return iterateRecords((work) => this.#run("list", work), this.name, options) as AsyncGenerator<
      Result<RecordOf<Fields>, EngineError>,
      void,
      undefined
    >;
  }

  /**
   * Why a call ends as it does for the handle's principal: which rule decides, what each of its parts comes to for the
   * record or the request, the SQL with its plan, and the index that is missing. Nothing is written: what a create,
   * update or delete would do runs in a transaction that is always rolled back.
   *
   * For your own eyes: an explanation names records and rules that the principal must not learn of. Hidden fields are
   * shown as `"(hidden)"`, passwords never.
   *
   * A list without an id asks every live record about every part of its rules, so it costs as much as reading them all.
   *
   * @returns `request_invalid`. A call that would be refused is an answer, not an Err.
   * @example
   * ```ts
   * const why = await engine.db("client1").as(principal).collection("posts").explain({ operation: "view", id });
   * if (why.isOk()) console.log(why.value.outcome, why.value.reason);
   * ```
   */
  explain(request: ExplainRequest): ResultAsync<Explanation, EngineError> {
    return this.#explain(request);
  }

  /** Records come out of the store as parsed JSON; their shape is what the caller says it is. */
  #one(
    operation: RecordOperation,
    work: (context: RecordContext) => Outcome<Record<string, unknown>>,
  ): ResultAsync<RecordOf<Fields>, EngineError> {
    return this.#run(operation, work) as ResultAsync<RecordOf<Fields>, EngineError>;
  }
}
