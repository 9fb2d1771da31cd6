// What a client and all that hangs on it share: the server, the token, the database. Read at each call, never kept aside.
import type { CallOrigin, ClientCall, RequestSender } from "./request-sender.js";
import type { TokenHolder } from "./token-holder.js";

/** From where the calls of a client come. */
export class ClientScope {
  readonly #sender: Pick<RequestSender, "send">;
  readonly #database: () => string | undefined;
  readonly tokens: TokenHolder;

  constructor(sender: Pick<RequestSender, "send">, tokens: TokenHolder, database: () => string | undefined) {
    this.#sender = sender;
    this.tokens = tokens;
    this.#database = database;
  }

  /** Sends a call. The shape of an answer is what the API's contract says, so it is not looked at. */
  call<T>(call: ClientCall, origin: CallOrigin = this.origin()): Promise<T> {
    return this.#sender.send(call, origin) as Promise<T>;
  }

  /** Token and database as they are now: several calls that belong together go out with one of these. */
  origin(): CallOrigin {
    return { token: this.tokens.token, database: this.#database() };
  }
}
