// One read asked of many databases, each answer given as it comes in the order of the names. For operators: it goes
// from tenant to tenant, so it is trusted code's, or a superuser's.
import { forbidden } from "../access/access-policy.js";
import type { Principal } from "../access/principal.js";
import { readPrincipal } from "../access/read-principal.js";
import { readCallOptions, type OptionKinds } from "../base/call-options.js";
import { readConcurrency } from "../base/concurrency.js";
import type { EngineError } from "../base/errors.js";
import { err, ok, refuse, type Outcome, type Result } from "../base/result.js";
import { isReservedName } from "../databases/database-name.js";
import { listDatabases } from "../databases/find-database.js";
import { countRecords } from "../records/count-records.js";
import { getFirstRecord } from "../records/get-record.js";
import { listRecords } from "../records/list-records.js";
import type { FilterInput } from "../records/pages/record-filter.js";
import type { RecordContext } from "../records/record-context.js";
import { callEngine, runInDatabase, trustedTarget, type EngineCore } from "./run-in-database.js";

/** The same read for many databases. */
export interface FleetQuestion {
  /** The collection that is read in each of them. */
  readonly collection: string;
  /** `count`: how many records; `first`: the first one; `list`: a page of them. */
  readonly read: "count" | "first" | "list";
  /** Default: all live records. */
  readonly filter?: FilterInput;
  /** Of `first` and `list`. Default: as the records were made. */
  readonly sort?: string;
  /** Records of a `list`, 1 to `limits.perPage`. Default 30. */
  readonly perPage?: number;
  /** The databases that are asked, in this order. Default: all but the reserved ones, by name. */
  readonly databases?: readonly string[];
  /** How many databases are open for it at once, 1 to 64. Default 4. */
  readonly concurrency?: number;
  /** A superuser on whose behalf it is asked. Default: trusted code. */
  readonly as?: Principal;
}

/** What one database answered. */
export interface FleetAnswer {
  /** Null when the question itself was refused; then it is the only answer. */
  readonly database: string | null;
  /** A number for `count`, a record for `first`, a page for `list`; or why there is none. */
  readonly result: Result<unknown, EngineError>;
}

const questionKinds: OptionKinds<FleetQuestion> = {
  collection: "any",
  read: "any",
  filter: "any",
  sort: "any",
  perPage: "any",
  databases: "any",
  concurrency: "any",
  as: "any",
};

const defaultConcurrency = 4;
const defaultPerPage = 30;

/** Never throws. A database that cannot answer says why and ends nothing. */
export async function* askDatabases(
  core: EngineCore,
  question: FleetQuestion,
): AsyncGenerator<FleetAnswer, void, undefined> {
  const prepared = await callEngine(core, () => prepare(core, question));
  if (prepared.isErr()) {
    yield { database: null, result: err(prepared.error) };
    return;
  }
  const { names, concurrency, ask } = prepared.value;
  const running: { readonly database: string; readonly result: PromiseLike<Result<unknown, EngineError>> }[] = [];
  let next = 0;
  try {
    for (;;) {
      for (; running.length < concurrency && next < names.length; next += 1) {
        const database = names[next] as string;
        running.push({ database, result: ask(database) });
      }
      const first = running.shift();
      if (first === undefined) return;
      yield { database: first.database, result: await first.result };
    }
  } finally {
    // Whoever leaves early has no database of his open when he goes on.
    await Promise.all(running.map(({ result }) => result));
  }
}

interface PreparedQuestion {
  readonly names: readonly string[];
  readonly concurrency: number;
  readonly ask: (database: string) => PromiseLike<Result<unknown, EngineError>>;
}

async function prepare(core: EngineCore, question: FleetQuestion): Outcome<PreparedQuestion> {
  const read = readCallOptions(question, questionKinds);
  if (read.isErr()) return err(read.error);
  const { concurrency = defaultConcurrency, databases, as, ...rest } = read.value;
  const many = readConcurrency(concurrency);
  if (many.isErr()) return err(many.error);
  const principal = as === undefined ? ok(undefined) : readPrincipal(as);
  if (principal.isErr()) return err(principal.error);
  if (principal.value !== undefined && principal.value.kind !== "superuser") return err(forbidden());
  const work = workOf(rest);
  if (work.isErr()) return err(work.error);
  const names = databases === undefined ? await tenantNames(core) : readNames(databases);
  if (names.isErr()) return err(names.error);
  const ask = (database: string): PromiseLike<Result<unknown, EngineError>> =>
    runInDatabase({ ...trustedTarget(core, database), principal: principal.value }, {}, work.value);
  return ok({ names: names.value, concurrency: many.value, ask });
}

function workOf(
  question: Omit<FleetQuestion, "databases" | "concurrency" | "as">,
): Result<(context: RecordContext) => Outcome<unknown>, EngineError> {
  const { collection, read, filter = "", sort, perPage = defaultPerPage } = question;
  const sorted = sort === undefined ? {} : { sort };
  switch (read) {
    case "count":
      return ok((context) => countRecords(context, collection, filter));
    case "first":
      return ok((context) => getFirstRecord(context, collection, filter, sorted));
    case "list":
      return ok((context) => listRecords(context, collection, 1, perPage, { ...sorted, filter }));
    default:
      return refuse("request_invalid", { parameter: "read" }, { message: 'read is "count", "first" or "list".' });
  }
}

async function tenantNames({ fleet }: EngineCore): Outcome<readonly string[]> {
  const listed = await listDatabases(fleet);
  return listed.map((all) =>
    all.filter(({ name, status }) => status === "ready" && !isReservedName(name)).map(({ name }) => name),
  );
}

/** A name that is none is that database's own answer. */
function readNames(databases: unknown): Result<readonly string[], EngineError> {
  if (Array.isArray(databases) && databases.every((name) => typeof name === "string")) return ok([...databases]);
  return refuse("request_invalid", { parameter: "databases" }, { message: "databases is a list of names." });
}
