// db.auth: accounts of one database. A token is good in the database and the collection that gave it, and nowhere else
// unless a rule says so.
import type { AuthRecord, Principal } from "../access/principal.js";
import { readCallOptions, type OptionKinds } from "../base/call-options.js";
import type { EngineError } from "../base/errors.js";
import { err, type Outcome, type ResultAsync } from "../base/result.js";
import type { RecordContext } from "../records/record-context.js";
import type { AuthServices } from "../records/auth/auth-services.js";
import { changePassword } from "../records/auth/change-password.js";
import { currentUser } from "../records/auth/current-user.js";
import { login } from "../records/auth/login.js";
import { principalOfId } from "../records/auth/principal-of-record.js";
import { refreshToken } from "../records/auth/refresh-token.js";
import { register } from "../records/auth/register.js";
import type { AccountView, SignedIn } from "../records/auth/signed-in.js";

/** Which accounts are meant, and how they are given. */
export interface AuthOptions extends AccountView {
  /** The name of an auth collection. Default: the engine's option `defaultAuthCollection`, "users" unless set. */
  readonly collection?: string;
}

export interface LoginOptions extends AuthOptions {
  /** Where the attempt comes from, e.g. the client's IP address: wrong passwords are counted per address. Default: none. */
  readonly address?: string;
}

/** Runs one operation with a context of the database. */
type RunAuth = <T>(work: (context: RecordContext) => Outcome<T>) => ResultAsync<T, EngineError>;

const viewKinds: OptionKinds<AccountView> = { withCollection: "boolean" };
const authKinds: OptionKinds<AuthOptions> = { ...viewKinds, collection: "any" };
const loginKinds: OptionKinds<LoginOptions> = { ...authKinds, address: "any" };

/**
 * Accounts of one database: the records of its auth collections.
 *
 * Every call gives a `ResultAsync` and can end in what every call on a database can end in, beside the codes it names.
 * A token that does not count, for whatever reason, is always answered by the same `unauthenticated`.
 */
export class DatabaseAuth {
  readonly #run: RunAuth;
  readonly #services: AuthServices;
  readonly #defaultCollection: string;

  /** @internal */
  constructor(run: RunAuth, services: AuthServices, defaultCollection: string) {
    this.#run = run;
    this.#services = services;
    this.#defaultCollection = defaultCollection;
  }

  /**
   * Signs in. An unknown address, a wrong password and a deleted account give the same `unauthenticated` at the same
   * cost. `rate_limited` after `limits.loginFailures` (10) wrong passwords for one account from one address within
   * `limits.loginWindowMs` (15 minutes), and when too many passwords wait to be checked. `collection_not_found`,
   * `request_invalid`.
   *
   * Superusers sign in on the default database with `{ collection: "_superusers" }`.
   */
  login(email: string, password: string, options: LoginOptions = {}): ResultAsync<SignedIn, EngineError> {
    return this.#call(options, loginKinds, (context, { collection = this.#defaultCollection, address, ...view }) =>
      login(context, this.#services, { collection, email, password, address, view }),
    );
  }

  /**
   * Makes an account and signs it in. Ends as a create of the same record: `validation_failed`, `unique_violation`,
   * `collection_not_found`; `request_invalid` for a collection that is no auth collection.
   *
   * @param data - `email`, `password` (8 to 1,000 characters), `passwordConfirm` if you like, and your own fields.
   */
  register(data: object, options: AuthOptions = {}): ResultAsync<SignedIn, EngineError> {
    return this.#call(options, authKinds, (context, { collection = this.#defaultCollection, ...view }) =>
      register(context, this.#services, collection, data, view),
    );
  }

  /** A new token for a valid one, which stays valid until its own end. Named a collection, only its tokens count. `unauthenticated`. */
  refresh(token: string, options: AuthOptions = {}): ResultAsync<SignedIn, EngineError> {
    return this.#call(options, authKinds, (context, { collection, ...view }) =>
      refreshToken(context, this.#services, token, collection, view),
    );
  }

  /** The account that a token of this database belongs to, without password and hidden fields. Named a collection, only its tokens count. `unauthenticated`. */
  me(token: string, options: AuthOptions = {}): ResultAsync<AuthRecord, EngineError> {
    return this.#call(options, authKinds, (context, { collection, ...view }) =>
      currentUser(context, this.#services, token, collection, view),
    );
  }

  /**
   * Sets a new password and gives a new token; all others of the account end at once. `unauthenticated` for the token;
   * `validation_failed` for a wrong old password (`oldPassword`) or an illegal new one (`password`); `rate_limited`.
   */
  changePassword(
    token: string,
    oldPassword: string,
    newPassword: string,
    options: AccountView = {},
  ): ResultAsync<SignedIn, EngineError> {
    return this.#call(options, viewKinds, (context, view) =>
      changePassword(context, this.#services, { token, oldPassword, newPassword, view }),
    );
  }

  /**
   * The principal of an account, for `db.as`, without any proof: trusted code says who asks, and only it may.
   * `record_not_found`, `collection_not_found`, `request_invalid`; `forbidden` on a handle that `db.as` gave to a client.
   */
  principalOf(id: string, options: Pick<AuthOptions, "collection"> = {}): ResultAsync<Principal, EngineError> {
    return this.#call(options, { collection: "any" }, (context, { collection = this.#defaultCollection }) =>
      principalOfId(context, collection, id),
    );
  }

  #call<T, Options extends object>(
    options: Options,
    kinds: OptionKinds<Options>,
    work: (context: RecordContext, options: Options) => Outcome<T>,
  ): ResultAsync<T, EngineError> {
    const read = readCallOptions(options, kinds);
    return this.#run(async (context) => (read.isErr() ? err(read.error) : work(context, read.value)));
  }
}
