// Who the calls of a client come from. A scoped client speaks with its parent's token until it has one of its own, and
// never changes the parent's.
import { refusal } from "./client-error.js";

/** Holds one token, or leads to the parent's. */
export class TokenHolder {
  readonly #parent: TokenHolder | undefined;
  /** undefined: never set, so the parent's counts. null: signed out, a guest. */
  #own: string | null | undefined;

  constructor(parent?: TokenHolder) {
    this.#parent = parent;
  }

  /** The token to send, or null for a guest. */
  get token(): string | null {
    return this.#own === undefined ? (this.#parent?.token ?? null) : this.#own;
  }

  /** Sets the own token; null, and the empty text, sign out. Throws `request_invalid` for anything else. */
  set(token: unknown): void {
    // An undefined one is a slip, and signing out silently would hide it.
    if (typeof token !== "string" && token !== null)
      throw refusal("request_invalid", "A token is a text, or null for none.");
    this.#own = token === "" ? null : token;
  }
}
