// A client of one database: what client.db(name) gives, and what the client itself is for its token's own database.
import { AuthClient } from "./auth-client.js";
import { Batch, sendBatch, type BatchAnswer, type BatchRequest } from "./batch.js";
import type { CallOptions } from "./call-options.js";
import type { ClientScope } from "./client-scope.js";
import { CollectionClient } from "./collection-client.js";

/**
 * A client of one database.
 *
 * It speaks with the token of the client that made it, also with one that comes later, until it gets its own by
 * {@link AuthClient.login} or {@link DatabaseClient.setToken}. Its own token never reaches the client that made it, nor any
 * other: hold on to the scoped client in which somebody signed in.
 *
 * @example
 * ```ts
 * const tenant = client.db("client1");
 * await tenant.auth.login("ada@example.com", "correct horse");
 * await tenant.collection("posts").create({ title: "Hello" });
 * ```
 */
export class DatabaseClient {
  readonly #scope: ClientScope;
  /** Accounts of this database. */
  readonly auth: AuthClient;

  /** @internal */
  constructor(scope: ClientScope) {
    this.#scope = scope;
    this.auth = new AuthClient(scope);
  }

  /** The database's name; undefined where the server takes the token's own, and for a guest "default". */
  get database(): string | undefined {
    return this.#scope.origin().database;
  }

  /** The token that calls carry; null for a guest. */
  get token(): string | null {
    return this.#scope.tokens.token;
  }

  /** Goes on with a token, e.g. one kept from an earlier visit; null (or an empty text) makes this client a guest. */
  setToken(token: string | null): void {
    this.#scope.tokens.set(token);
  }

  /** The records of a collection. Nothing is sent yet. */
  collection<Fields extends object = Record<string, unknown>>(name: string): CollectionClient<Fields> {
    return new CollectionClient<Fields>(this.#scope, name);
  }

  /** Collects writes that happen together or not at all. */
  createBatch(): Batch {
    return new Batch(this.#scope);
  }

  /** Sends writes that happen together or not at all; {@link DatabaseClient.createBatch} collects them more handily. */
  async batch(requests: readonly BatchRequest[], options: CallOptions = {}): Promise<BatchAnswer[]> {
    return sendBatch(this.#scope, requests, options);
  }
}
