// What a caller may do: deny, allow, or the predicate that the rows must satisfy; and which fields he may read and write.
// Decides nothing by itself about a row: predicates are answered by the store.
import { sql, type RawBuilder } from "kysely";
import { EngineError } from "../base/errors.js";
import { err, ok, type Result } from "../base/result.js";
import type { RequestValues } from "../query/request-value.js";
import type { Collection, Field } from "../schema/collection.js";
import { superusersCollection, type Principal } from "./principal.js";
import { coveringRules, ruleNameOf, type RecordOperation, type RuleBook } from "./rule-book.js";
import { compileRule, ruleTraits, type RuleScope } from "./rule-compiler.js";

/** What is written, for rules that ask about it. */
export interface WrittenValues {
  /** The body as it was sent. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The record before an update. */
  readonly previous?: Readonly<Record<string, unknown>>;
}

export interface AccessPolicy {
  /** Queries compiled for one caller serve all callers of the same shape: values are bound. */
  readonly shape: string;
  /** Whether rules are left aside: trusted code and superusers. */
  readonly bypassesRules: boolean;
  /** The record that asks, when it is one; it may always be named in a relation. */
  readonly self: { readonly databaseId: string; readonly collection: string; readonly id: string } | undefined;
  /** Whether a field has a name for the caller: to read, filter, sort, expand or write it. */
  readonly mayRead: (collection: Collection, field: Field) => boolean;
  /** Whether the caller may set a field. Field rules by group would be asked here. */
  readonly mayWrite: (collection: Collection, field: Field) => boolean;
  /**
   * What rows of a collection, in the table called `alias`, must satisfy for an operation; undefined for nothing.
   * `forbidden` when no row can.
   */
  predicate(
    scope: RuleScope,
    collection: Collection,
    operation: RecordOperation,
    alias: string,
  ): Result<RawBuilder<boolean> | undefined, EngineError>;
  /** What `@request` is in the rules of an operation. */
  request(operation: RecordOperation, written?: WrittenValues): RequestValues | undefined;
}

/** Refuses without saying what exists: the same words for an unknown database and for one that is not the caller's. */
export const forbidden = (): EngineError => new EngineError("forbidden", {});

const isNoPassword = (_: Collection, field: Field): boolean => field.type !== "password";

/** The app's own code: no rule applies. Passwords cannot be read by anybody. */
export const trustedPolicy: AccessPolicy = {
  shape: "trusted",
  bypassesRules: true,
  self: undefined,
  mayRead: isNoPassword,
  mayWrite: () => true,
  predicate: () => ok(undefined),
  request: () => undefined,
};

export interface PolicyParts {
  readonly principal: Principal;
  /** The database that the engine resolved: never a word of the client's. */
  readonly databaseId: string;
  readonly databaseName: string;
  readonly rules: RuleBook;
}

/** The policy of a principal in one database. */
export const policyOf = (parts: PolicyParts): AccessPolicy =>
  parts.principal.kind === "superuser" ? superuserPolicy(parts) : clientPolicy(parts);

function superuserPolicy({ principal, databaseName }: PolicyParts): AccessPolicy {
  return {
    ...trustedPolicy,
    shape: "superuser",
    request: (operation, written) => requestValues(principal, databaseName, operation, written),
  };
}

function clientPolicy(parts: PolicyParts): AccessPolicy {
  const { principal, databaseId, databaseName, rules } = parts;
  const isCrossing = principal.kind === "user" && principal.databaseId !== databaseId;
  return {
    get shape() {
      return `client ${isCrossing ? "from elsewhere" : ""} ${databaseName} ${rules.version}`;
    },
    bypassesRules: false,
    self:
      principal.kind === "user"
        ? { databaseId: principal.databaseId, collection: principal.collection, id: principal.record.id }
        : undefined,
    mayRead: (_, field) => !field.hidden && field.type !== "password",
    // `verified` says that somebody else has checked the address: the record itself must not.
    mayWrite: (_, field) =>
      (!field.hidden || field.type === "password") && !(field.isSystem && field.name === "verified"),
    predicate: (scope, collection, operation, alias) =>
      rulePredicate(rules, { databaseName, isCrossing }, scope, collection, operation, alias),
    request: (operation, written) => requestValues(principal, databaseName, operation, written),
  };
}

/** The collection's rule and all database-level rules that cover the operation, as one predicate. */
function rulePredicate(
  book: RuleBook,
  { databaseName, isCrossing }: { readonly databaseName: string; readonly isCrossing: boolean },
  scope: RuleScope,
  collection: Collection,
  operation: RecordOperation,
  alias: string,
): Result<RawBuilder<boolean> | undefined, EngineError> {
  const own = book.rulesOf(collection.id)?.[ruleNameOf(operation)] ?? null;
  if (own === null) return err(forbidden());
  const covering = coveringRules(book, databaseName, collection.name, operation).map(({ rule }) => rule);
  // A principal of another database is let in by a rule that names databases, and by nothing else.
  if (isCrossing && !covering.some((rule) => admits(rule, scope))) return err(forbidden());
  const predicates: RawBuilder<boolean>[] = [];
  for (const rule of [own, ...covering]) {
    if (rule.trim() === "") continue;
    const compiled = compileRule(scope, rule, collection, alias);
    // A rule that can no longer be read (its field was deleted) must not open what it guarded.
    if (compiled.isErr()) return err(forbidden());
    predicates.push(sql<boolean>`(${compiled.value})`);
  }
  return ok(predicates.length === 0 ? undefined : sql<boolean>`${sql.join(predicates, sql` and `)}`);
}

const admits = (rule: string, { limits }: RuleScope): boolean => {
  const { asksFields, namesDatabase } = ruleTraits(rule, limits);
  return namesDatabase && !asksFields;
};

/** HTTP's words for the operations, so that `@request.method` means the same in process. */
const methods: Readonly<Record<RecordOperation, string>> = {
  list: "GET",
  view: "GET",
  create: "POST",
  update: "PATCH",
  delete: "DELETE",
};

/** What rules see of a request. */
export function requestValues(
  principal: Principal,
  dbname: string,
  operation: RecordOperation,
  written?: WrittenValues,
): RequestValues {
  const common = { dbname, data: written?.data, method: methods[operation] };
  const previous = written?.previous === undefined ? {} : { previous: written.previous };
  if (principal.kind === "guest") return { ...common, ...previous, auth: null };
  const auth = principal.record;
  if (principal.kind === "superuser") {
    return { ...common, ...previous, auth, collection: superusersCollection, tokenDbname: "default" };
  }
  return { ...common, ...previous, auth, collection: principal.collection, tokenDbname: principal.databaseName };
}
