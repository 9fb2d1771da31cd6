// TenantClient: what an app holds. Nothing is sent before a call asks for it, and no call ends another.
import { ClientScope } from "./client-scope.js";
import { DatabaseClient } from "./database-client.js";
import { checkedDatabaseName } from "./database-name.js";
import { filterText, type FilterInput } from "./filter-text.js";
import { RequestSender, type ClientOptions } from "./request-sender.js";
import { Settings } from "./settings.js";
import { TokenHolder } from "./token-holder.js";

// Of the process and not of the client: a server that makes a client for each request would fill its log.
let hasWarnedOfSetDb = false;

/**
 * A client of one server, for browsers and for Node.
 *
 * Its own calls go to the database of its token, a guest's to `default`; {@link TenantClient.db} gives a client for another
 * one. Every call gives a promise that rejects with a {@link ClientError}. Calls are independent of each other: none is
 * repeated, and none ends another.
 *
 * @example
 * ```ts
 * const client = new TenantClient("http://localhost:3000");
 * await client.auth.login("root@example.com", "a long passphrase", { collection: "_superusers" });
 * await client.settings.databases.create({ name: "client1" });
 * ```
 */
export class TenantClient extends DatabaseClient {
  readonly #sender: RequestSender;
  readonly #tokens: TokenHolder;
  readonly #current: { database: string | undefined };
  /** What concerns the whole server: databases, collections, rules, backups. For superusers. */
  readonly settings: Settings;

  /**
   * Throws a {@link ClientError} for an address that is no text.
   *
   * @param baseUrl - where the server is, e.g. `"https://api.example.com"`; in a browser also `""`, the page's own.
   */
  constructor(baseUrl: string, options: ClientOptions = {}) {
    const sender = new RequestSender(baseUrl, options);
    const tokens = new TokenHolder();
    if (options.token != null) tokens.set(options.token);
    const current: { database: string | undefined } = { database: undefined };
    super(new ClientScope(sender, tokens, () => current.database));
    this.#sender = sender;
    this.#tokens = tokens;
    this.#current = current;
    this.settings = new Settings(new ClientScope(sender, tokens, () => undefined));
  }

  /** A client for a database by its name. Nothing is sent yet. Throws `database_name_invalid`. */
  db(name: string): DatabaseClient {
    const database = checkedDatabaseName(name);
    return new DatabaseClient(new ClientScope(this.#sender, new TokenHolder(this.#tokens), () => database));
  }

  /**
   * Switches the database of this client itself. Whatever else uses the client is switched with it, in the middle of its
   * work.
   *
   * @deprecated Use {@link TenantClient.db}, which switches nothing.
   */
  setDb(name: string): void {
    if (!hasWarnedOfSetDb) {
      hasWarnedOfSetDb = true;
      console.warn(
        "tenant-engine: setDb() is deprecated, because it switches the database for everything that uses the client. " +
          "Use client.db(name).",
      );
    }
    this.#current.database = checkedDatabaseName(name);
  }

  /** A filter as one text, its values written into it as the server reads them. Lists take the pair itself. `filter_invalid`. */
  filter(text: string, values: FilterInput[1] & object = {}): string {
    return filterText([text, values]);
  }
}
