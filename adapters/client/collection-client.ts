// The records of one collection, over HTTP.
import { callOptionNames, callOptionsOf, readOptions, type CallOptions } from "./call-options.js";
import { ClientError } from "./client-error.js";
import type { ClientScope } from "./client-scope.js";
import type { FilterInput } from "./filter-text.js";
import {
  getFirstNames,
  iterateNames,
  listNames,
  readQuery,
  selectionNames,
  type GetFirstOptions,
  type IterateOptions,
  type ListOptions,
  type SelectionOptions,
} from "./read-options.js";
import type { RecordInput, RecordOf, RecordPage } from "./record-types.js";
import { fieldsOf } from "./request-body.js";
import type { CallOrigin, ClientCall } from "./request-sender.js";

// Fits servers that allow a fifth of the usual 1,000 records a page; larger batches save little.
const defaultBatch = 200;

/**
 * The records of one collection in the client's database. Every call rejects with a {@link ClientError}.
 *
 * @typeParam Fields - the shape of your own fields, without the system's.
 * @example
 * ```ts
 * const posts = client.db("client1").collection<{ title: string }>("posts");
 * const page = await posts.getList(1, 20, { filter: ["title ~ {:word}", { word: "news" }], sort: "-created" });
 * ```
 */
export class CollectionClient<Fields extends object = Record<string, unknown>> {
  readonly #scope: ClientScope;
  /** The collection's name. */
  readonly name: string;

  /** @internal */
  constructor(scope: ClientScope, name: string) {
    this.#scope = scope;
    this.name = name;
  }

  /** One page of records; `page` from 1, `perPage` up to the server's `limits.perPage` (1,000). */
  async getList(page = 1, perPage = 30, options: ListOptions = {}): Promise<RecordPage<RecordOf<Fields>>> {
    return this.#page(page, perPage, readOptions(options, listNames), this.#scope.origin());
  }

  /** The record of an id. `record_not_found`. */
  async getOne(id: string, options: SelectionOptions = {}): Promise<RecordOf<Fields>> {
    return this.#one("GET", [id], readOptions(options, selectionNames));
  }

  /** The first record that a filter selects, in the order of `sort`. `record_not_found` when there is none. */
  async getFirst(filter: FilterInput, options: GetFirstOptions = {}): Promise<RecordOf<Fields>> {
    const read = readOptions(options, getFirstNames);
    const page = await this.#page(1, 1, { ...read, filter, skipTotal: true }, this.#scope.origin());
    const [first] = page.items;
    if (first) return first;
    const message = `No record of "${this.name}" matches the filter.`;
    throw new ClientError({ status: 404, code: "record_not_found", message });
  }

  /** How many live records a filter selects; all without one. */
  async count(filter: FilterInput = "", options: CallOptions = {}): Promise<number> {
    const read = readOptions(options, callOptionNames);
    return (await this.#page(1, 1, { ...read, filter, fields: "id" }, this.#scope.origin())).totalItems;
  }

  /** Makes a record and gives it as it is stored. `validation_failed`, `unique_violation`. */
  async create(data: RecordInput<Fields>, options: SelectionOptions = {}): Promise<RecordOf<Fields>> {
    return this.#one("POST", [], readOptions(options, selectionNames), fieldsOf(data, "A record"));
  }

  /** Changes the given fields, leaves the others, and gives the record as it is then stored. `record_not_found`, `validation_failed`. */
  async update(id: string, patch: RecordInput<Fields>, options: SelectionOptions = {}): Promise<RecordOf<Fields>> {
    return this.#one("PATCH", [id], readOptions(options, selectionNames), fieldsOf(patch, "A change"));
  }

  /** Removes a record; with softDelete, hides it. Gives true. `record_not_found`; `conflict` when another record requires it. */
  async delete(id: string, options: CallOptions = {}): Promise<true> {
    const read = readOptions(options, callOptionNames);
    await this.#scope.call({ method: "DELETE", path: this.#path(id), answer: "nothing", options: read });
    return true;
  }

  /**
   * All records that a filter selects, read batch by batch by key: records that come or go meanwhile shift nothing. All
   * requests go to the same database with the same token, whatever happens to the client in between.
   *
   * @example
   * ```ts
   * for await (const post of posts.iterate({ filter: "published = true" })) console.log(post.title);
   * ```
   */
  async *iterate(options: IterateOptions = {}): AsyncGenerator<RecordOf<Fields>, void, undefined> {
    const { batch = defaultBatch, ...read } = readOptions(options, iterateNames);
    const origin = this.#scope.origin();
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: RecordPage<RecordOf<Fields>> = await this.#page(
        1,
        batch,
        { ...read, skipTotal: true, cursor },
        origin,
      );
      yield* page.items;
      cursor = page.nextCursor ?? null;
    }
  }

  /** The same as a list. All of it is in memory at once: use {@link iterate} where there may be many. */
  async getFullList(options: IterateOptions = {}): Promise<RecordOf<Fields>[]> {
    const records: RecordOf<Fields>[] = [];
    for await (const record of this.iterate(options)) records.push(record);
    return records;
  }

  #page(
    page: number,
    perPage: number,
    options: ListOptions,
    origin: CallOrigin,
  ): Promise<RecordPage<RecordOf<Fields>>> {
    const query = { page, perPage, ...readQuery(options) };
    return this.#scope.call({ method: "GET", path: this.#path(), query, options: callOptionsOf(options) }, origin);
  }

  #one(
    method: ClientCall["method"],
    id: readonly [] | readonly [id: string],
    options: SelectionOptions,
    body?: object,
  ): Promise<RecordOf<Fields>> {
    const call: ClientCall = {
      method,
      path: this.#path(...id),
      query: readQuery(options),
      options: callOptionsOf(options),
    };
    return this.#scope.call(body === undefined ? call : { ...call, body });
  }

  #path(...id: readonly string[]): readonly string[] {
    return ["collections", this.name, "records", ...id];
  }
}
