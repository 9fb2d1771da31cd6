// Accounts over HTTP: signing in, and whose token the client's calls carry.
import { callOptionNames, callOptionsOf, readOptions, type CallOptions, type OptionNames } from "./call-options.js";
import type { ClientScope } from "./client-scope.js";
import type { SystemFields } from "./record-types.js";
import { fieldsOf } from "./request-body.js";

/** A record of an auth collection: your fields, the system's, and those that every account has. Never its password. */
export type AccountOf<Fields extends object = Record<string, unknown>> = Fields &
  SystemFields & { readonly email: string; readonly verified: boolean };

/** A token and whose it is. */
export interface SignedIn<Fields extends object = Record<string, unknown>> {
  /** For `Authorization: Bearer …`. */
  readonly token: string;
  /** The account, without its password and hidden fields. */
  readonly user: AccountOf<Fields>;
}

/** Options of the calls that give a token. */
export interface SignInOptions extends CallOptions {
  /** Whether this client goes on with the new token. Default true. */
  readonly keepToken?: boolean | undefined;
}

/** Options of {@link AuthClient.login}. */
export interface LoginOptions extends SignInOptions {
  /** The auth collection. Default: the server's `defaultAuthCollection`, "users" unless set. `"_superusers"` for superusers. */
  readonly collection?: string | undefined;
}

const signInNames = { ...callOptionNames, keepToken: true } as const satisfies OptionNames<SignInOptions>;
const loginNames = { ...signInNames, collection: true } as const satisfies OptionNames<LoginOptions>;

/**
 * Accounts of the client's database. A token that a call gives is kept by the client on which it was made: by
 * `client.auth` for `client`, by `client.db(name).auth` for that scoped client alone, never for its parent. With
 * `{ keepToken: false }` it is only given.
 */
export class AuthClient {
  readonly #scope: ClientScope;

  /** @internal */
  constructor(scope: ClientScope) {
    this.#scope = scope;
  }

  /**
   * Signs in. An unknown address and a wrong password are the same `unauthenticated`; `rate_limited` after too many
   * wrong ones.
   *
   * @example
   * ```ts
   * const { token, user } = await client.db("client1").auth.login("ada@example.com", "correct horse");
   * ```
   */
  async login<Fields extends object = Record<string, unknown>>(
    email: string,
    password: string,
    options: LoginOptions = {},
  ): Promise<SignedIn<Fields>> {
    const { collection, ...read } = readOptions(options, loginNames);
    // Without a token: an old one that does not count any more must not keep its owner from signing in.
    if (collection === undefined) return this.#signIn("login", { email, password }, read, null);
    const path = ["collections", collection, "auth-with-password"];
    const call = { method: "POST", path, body: { identity: email, password }, options: callOptionsOf(read) } as const;
    const origin = { ...this.#scope.origin(), token: null };
    const answer = await this.#scope.call<{ token: string; record: AccountOf<Fields> }>(call, origin);
    return this.#keep(read, { token: answer.token, user: answer.record });
  }

  /**
   * Makes an account and signs it in. A guest's create, whoever this client is: `validation_failed`, `unique_violation`,
   * and `forbidden` where the collection's createRule says so. To make an account as a superuser, create a record.
   */
  async register<Fields extends object = Record<string, unknown>>(
    data: object,
    options: SignInOptions = {},
  ): Promise<SignedIn<Fields>> {
    return this.#signIn("register", fieldsOf(data, "An account"), readOptions(options, signInNames), null);
  }

  /** A new token for the present one, which stays valid until its own end. `unauthenticated`. */
  async refresh<Fields extends object = Record<string, unknown>>(
    options: SignInOptions = {},
  ): Promise<SignedIn<Fields>> {
    return this.#signIn("refresh", undefined, readOptions(options, signInNames));
  }

  /**
   * Sets a new password. All tokens of the account end, so this client goes on with the new one that comes back.
   * `unauthenticated`; `validation_failed` for a wrong old password or an illegal new one; `rate_limited`.
   */
  async changePassword<Fields extends object = Record<string, unknown>>(
    oldPassword: string,
    password: string,
    options: SignInOptions = {},
  ): Promise<SignedIn<Fields>> {
    return this.#signIn("change-password", { oldPassword, password }, readOptions(options, signInNames));
  }

  /** The account that the present token belongs to. `unauthenticated`. */
  async me<Fields extends object = Record<string, unknown>>(options: CallOptions = {}): Promise<AccountOf<Fields>> {
    const read = readOptions(options, callOptionNames);
    return this.#scope.call({ method: "GET", path: ["auth", "me"], options: read });
  }

  /** Forgets the token: this client is a guest from now on, a scoped one too. The server keeps no sessions, so nothing is sent. */
  logout(): void {
    this.#scope.tokens.set(null);
  }

  async #signIn<Fields extends object>(
    name: string,
    body: object | undefined,
    options: SignInOptions,
    token = this.#scope.tokens.token,
  ): Promise<SignedIn<Fields>> {
    const call = { method: "POST", path: ["auth", name], options: callOptionsOf(options) } as const;
    const origin = { ...this.#scope.origin(), token };
    const sent = body === undefined ? call : { ...call, body };
    return this.#keep(options, await this.#scope.call<SignedIn<Fields>>(sent, origin));
  }

  #keep<Fields extends object>({ keepToken = true }: SignInOptions, signedIn: SignedIn<Fields>): SignedIn<Fields> {
    if (keepToken) this.#scope.tokens.set(signedIn.token);
    return signedIn;
  }
}
