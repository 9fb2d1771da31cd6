// engine.superusers: who may do everything. Their records stand in the default database, written by the engine alone.
import { superusersCollection } from "../access/principal.js";
import { EngineError } from "../base/errors.js";
import { err, ok, refuse, type Outcome, type ResultAsync } from "../base/result.js";
import { defaultDatabaseName } from "../databases/database-name.js";
import { createRecord } from "../records/create-record.js";
import { deleteRecord } from "../records/delete-record.js";
import { listRecords } from "../records/list-records.js";
import type { RecordContext } from "../records/record-context.js";
import { runInDatabase, trustedTarget, type EngineCore } from "./run-in-database.js";

/** What `superusers.create` takes. */
export interface SuperuserDefinition {
  readonly email: string;
  /** 8 to 1,000 characters. */
  readonly password: string;
}

/** A superuser as he is listed. */
export interface SuperuserDescription {
  readonly id: string;
  readonly email: string;
  /** RFC 3339, UTC. */
  readonly created: string;
  /** RFC 3339, UTC. */
  readonly updated: string;
}

/** The first superuser, as the environment names him: SUPERUSER_EMAIL and SUPERUSER_PASSWORD. */
export type FirstSuperuser = { readonly email: string | undefined; readonly password: string | undefined };

/**
 * Superusers work in every database and bypass all rules. They sign in with
 * `engine.db().auth.login(email, password, { collection: "_superusers" })`.
 */
export class Superusers {
  readonly #core: EngineCore;

  /** @internal */
  constructor(core: EngineCore) {
    this.#core = core;
  }

  /** Makes a superuser. `validation_failed`, `unique_violation`, `rate_limited`. */
  create(definition: SuperuserDefinition): ResultAsync<SuperuserDescription, EngineError> {
    return this.#run(async (context) => {
      const created = await createRecord(context, superusersCollection, definition);
      return created.map(describe);
    });
  }

  /** All superusers, in the order in which they were made. */
  list(): ResultAsync<readonly SuperuserDescription[], EngineError> {
    return this.#run(async (context) => {
      const found: SuperuserDescription[] = [];
      for (let page = 1; ; page += 1) {
        const listed = await listRecords(context, superusersCollection, page, context.services.limits.perPage);
        if (listed.isErr()) return err(listed.error);
        found.push(...listed.value.items.map(describe));
        if (page >= listed.value.totalPages) return ok(found);
      }
    });
  }

  /** Removes a superuser for good; his tokens end at once. `record_not_found`. */
  delete(id: string): ResultAsync<void, EngineError> {
    return this.#run((context) => deleteRecord(context, superusersCollection, id));
  }

  /**
   * Makes the first superuser when there is none yet; changes nothing otherwise. `request_invalid` naming the variable
   * that is missing or not valid.
   *
   * @internal
   */
  ensureFirst({ email, password }: FirstSuperuser): ResultAsync<void, EngineError> {
    return this.#run(async (context) => {
      if (email === undefined && password === undefined) return ok(undefined);
      const listed = await listRecords(context, superusersCollection, 1, 1);
      if (listed.isErr()) return err(listed.error);
      if (listed.value.totalItems > 0) return ok(undefined);
      if (email === undefined || password === undefined) {
        const missing = variables[email === undefined ? "email" : "password"];
        return wrongVariable(
          missing,
          `${missing} is missing: the first superuser needs both an address and a password.`,
        );
      }
      const created = await createRecord(context, superusersCollection, { email, password });
      return created.map(() => undefined).mapErr(nameVariable);
    });
  }

  #run<T>(work: (context: RecordContext) => Outcome<T>): ResultAsync<T, EngineError> {
    return runInDatabase(trustedTarget(this.#core, defaultDatabaseName), {}, (context) =>
      work({ ...context, mayWriteSystem: true }),
    );
  }
}

const variables = { email: "SUPERUSER_EMAIL", password: "SUPERUSER_PASSWORD" } as const;

const wrongVariable = (parameter: string, message: string) => refuse("request_invalid", { parameter }, { message });

/** The field's problem as one of the variable that it came from. */
function nameVariable(error: EngineError): EngineError {
  if (!error.is("validation_failed")) return error;
  const { fields } = error.details;
  const field = "email" in fields ? "email" : "password";
  const message = `${variables[field]}: ${fields[field]?.message ?? error.message}`;
  return new EngineError("request_invalid", { parameter: variables[field] }, { message });
}

const describe = (record: Readonly<Record<string, unknown>>): SuperuserDescription => {
  const { id, email, created, updated } = record as unknown as SuperuserDescription;
  return { id, email, created, updated };
};
