// Several writes as one request: all of them happen, or none.
import { callOptionNames, readOptions, type CallOptions } from "./call-options.js";
import { ClientError } from "./client-error.js";
import type { ClientScope } from "./client-scope.js";
import type { RecordInput } from "./record-types.js";
import { fieldsOf } from "./request-body.js";
import { requestPath } from "./request-path.js";

/** One request of a batch. */
export interface BatchRequest {
  readonly method: "POST" | "PATCH" | "PUT" | "DELETE";
  /** Path and query, e.g. `/api/collections/posts/records`. */
  readonly url: string;
  readonly body?: object;
}

/** The answer to one request of a batch. */
export interface BatchAnswer {
  readonly status: number;
  /** The record; null after a delete. */
  readonly body: unknown;
}

/** Sends a batch. A refusal says which write it is about, as if that one had been sent alone. */
export async function sendBatch(
  scope: ClientScope,
  requests: readonly BatchRequest[],
  options: CallOptions = {},
): Promise<BatchAnswer[]> {
  const read = readOptions(options, callOptionNames);
  try {
    return await scope.call({ method: "POST", path: ["batch"], body: { requests }, options: read });
  } catch (error) {
    throw error instanceof ClientError ? ofOneWrite(error) : error;
  }
}

/** The server puts the refused write's own error below its index. */
function ofOneWrite(error: ClientError): ClientError {
  const { status, code, message, url, retryAfterMs } = error;
  const refused: unknown = error.data["requests"];
  if (typeof refused !== "object" || refused === null) return error;
  const [index, refusal] = Object.entries(refused as Readonly<Record<string, RefusedWrite>>)[0] ?? [];
  const data = refusal?.response?.data ?? {};
  return new ClientError({ status, code, message, url, retryAfterMs, data, index: Number(index), cause: error });
}

interface RefusedWrite {
  readonly response?: { readonly data?: ClientError["data"] };
}

/**
 * Collects writes of one database and sends them together: all or nothing.
 *
 * @example
 * ```ts
 * const batch = client.db("client1").createBatch();
 * batch.collection("posts").create({ title: "One" });
 * batch.collection("posts").delete(id);
 * const [created] = await batch.send();
 * ```
 */
export class Batch {
  readonly #scope: ClientScope;
  readonly #requests: BatchRequest[] = [];

  /** @internal */
  constructor(scope: ClientScope) {
    this.#scope = scope;
  }

  /** The writes collected so far. */
  get requests(): readonly BatchRequest[] {
    return [...this.#requests];
  }

  /** A collection whose writes are collected. */
  collection<Fields extends object = Record<string, unknown>>(name: string): BatchCollection<Fields> {
    return new BatchCollection(name, (request) => this.#requests.push(request));
  }

  /** Sends all of them. The answers stand in the order of the writes. An error means that none has happened. */
  async send(options: CallOptions = {}): Promise<BatchAnswer[]> {
    return sendBatch(this.#scope, this.#requests, options);
  }
}

/** The writes of one collection, collected for a batch. */
export class BatchCollection<Fields extends object = Record<string, unknown>> {
  readonly #name: string;
  readonly #add: (request: BatchRequest) => void;

  /** @internal */
  constructor(name: string, add: (request: BatchRequest) => void) {
    this.#name = name;
    this.#add = add;
  }

  /** Adds a create. */
  create(data: RecordInput<Fields>): void {
    this.#add({ method: "POST", url: this.#url(), body: fieldsOf(data, "A record") });
  }

  /** Adds an update. */
  update(id: string, patch: RecordInput<Fields>): void {
    this.#add({ method: "PATCH", url: this.#url(id), body: fieldsOf(patch, "A change") });
  }

  /** Adds a delete. */
  delete(id: string): void {
    this.#add({ method: "DELETE", url: this.#url(id) });
  }

  #url(...id: readonly string[]): string {
    return requestPath(["api", "collections", this.#name, "records", ...id]);
  }
}
