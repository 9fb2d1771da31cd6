// What a caller may do: deny, allow, or the predicate that the rows must satisfy; and which fields he may read and write.
// Decides nothing by itself about a row: predicates are answered by the store.
import { sql, type RawBuilder } from "kysely";
import { EngineError } from "../base/errors.js";
import type { EngineLimits } from "../base/limits.js";
import { err, ok, type Result } from "../base/result.js";
import type { RequestValues } from "../query/values/request-value.js";
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

/** One of the rules that a request must satisfy. */
export interface NamedRule {
  /** A rule of the collection, or one over whole databases. */
  readonly source: "collection" | "database";
  /** `listRule` and its kin, or the name of the database-level rule. */
  readonly name: string;
  /** The id of a database-level rule. */
  readonly id?: string;
  /** The expression; `""` lets everyone, null superusers alone. */
  readonly text: string | null;
  /** Whether it is one that may let in principals of other databases: it names the database and asks about no record. */
  readonly namesDatabase: boolean;
}

/** The rules of a request, all of which must hold. */
export interface AppliedRules {
  /** The collection's own first. None for those who bypass rules. */
  readonly rules: readonly NamedRule[];
  /**
   * Set when no row can satisfy them: the collection's rule is null, or the principal is of another database and no
   * rule names this one.
   */
  readonly refusal?: "superusers_only" | "crossing_unnamed";
}

export interface AccessPolicy {
  /** Queries compiled for one caller serve all callers of the same shape: values are bound. */
  readonly shape: string;
  /** Whether rules are left aside: trusted code and superusers. */
  readonly bypassesRules: boolean;
  /** The record that asks, when it is one; it may always be named in a relation. */
  readonly self: { readonly databaseId: string; readonly collection: string; readonly id: string } | undefined;
  /** Whether a field has a name for the caller: to read, filter, sort, expand or write it. */
  mayRead(collection: Collection, field: Field): boolean;
  /** Whether the caller may set a field. Field rules by group would be asked here. */
  mayWrite(collection: Collection, field: Field): boolean;
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
  /** The rules that {@link predicate} is made of. */
  rulesFor(collection: Collection, operation: RecordOperation, limits: EngineLimits): AppliedRules;
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
  rulesFor: () => ({ rules: [] }),
  request: () => undefined,
};

export interface PolicyParts {
  readonly principal: Principal;
  /** The database that the engine resolved: never a word of the client's. */
  readonly databaseId: string;
  readonly databaseName: string;
  readonly rules: RuleBook;
}

/** The policy of a principal in one database. Made for every call, so it costs two objects and no closure. */
export const policyOf = (parts: PolicyParts): AccessPolicy =>
  parts.principal.kind === "superuser" ? new SuperuserPolicy(parts) : new ClientPolicy(parts);

class SuperuserPolicy implements AccessPolicy {
  readonly shape = "superuser";
  readonly bypassesRules = true;
  readonly self = undefined;
  readonly #parts: PolicyParts;

  constructor(parts: PolicyParts) {
    this.#parts = parts;
  }

  mayRead(collection: Collection, field: Field): boolean {
    return trustedPolicy.mayRead(collection, field);
  }

  mayWrite(collection: Collection, field: Field): boolean {
    return trustedPolicy.mayWrite(collection, field);
  }

  predicate(): Result<undefined, EngineError> {
    return ok(undefined);
  }

  rulesFor(): AppliedRules {
    return { rules: [] };
  }

  request(operation: RecordOperation, written?: WrittenValues): RequestValues {
    const { principal, databaseName } = this.#parts;
    return requestValues(principal, databaseName, operation, written);
  }
}

class ClientPolicy implements AccessPolicy {
  readonly bypassesRules = false;
  readonly #parts: PolicyParts;

  constructor(parts: PolicyParts) {
    this.#parts = parts;
  }

  get #isCrossing(): boolean {
    const { principal, databaseId } = this.#parts;
    return principal.kind === "user" && principal.databaseId !== databaseId;
  }

  // Not the database's name: ten thousand tenants under the same rules share their compiled queries.
  get shape(): string {
    const { rules, databaseName } = this.#parts;
    const covering = coveringRules(rules, databaseName).map(({ id }) => id);
    return `client ${this.#isCrossing ? "from elsewhere" : "at home"} ${rules.version} ${covering.join()}`;
  }

  get self(): AccessPolicy["self"] {
    const { principal } = this.#parts;
    if (principal.kind !== "user") return undefined;
    return { databaseId: principal.databaseId, collection: principal.collection, id: principal.record.id };
  }

  mayRead(collection: Collection, field: Field): boolean {
    return !field.hidden && field.type !== "password" && !this.#parts.rules.isHidden(collection.id, field.name);
  }

  // `verified` says that somebody else has checked the address: the record itself must not.
  mayWrite(_: Collection, field: Field): boolean {
    return (!field.hidden || field.type === "password") && !(field.isSystem && field.name === "verified");
  }

  predicate(
    scope: RuleScope,
    collection: Collection,
    operation: RecordOperation,
    alias: string,
  ): Result<RawBuilder<boolean> | undefined, EngineError> {
    return rulePredicate(this.rulesFor(collection, operation, scope.limits), scope, collection, alias);
  }

  rulesFor(collection: Collection, operation: RecordOperation, limits: EngineLimits): AppliedRules {
    const { rules, databaseName } = this.#parts;
    return appliedRules(rules, { databaseName, isCrossing: this.#isCrossing }, collection, operation, limits);
  }

  request(operation: RecordOperation, written?: WrittenValues): RequestValues {
    const { principal, databaseName } = this.#parts;
    return requestValues(principal, databaseName, operation, written);
  }
}

/** The collection's rule and all database-level rules that cover the operation. */
export function appliedRules(
  book: RuleBook,
  { databaseName, isCrossing }: { readonly databaseName: string; readonly isCrossing: boolean },
  collection: Collection,
  operation: RecordOperation,
  limits: EngineLimits,
): AppliedRules {
  const name = ruleNameOf(operation);
  const own = book.rulesOf(collection.id)?.[name] ?? null;
  const covering = coveringRules(book, databaseName, collection.name, operation).map((rule): NamedRule => ({
    ...{ source: "database", name: rule.name, id: rule.id, text: rule.rule },
    namesDatabase: admits(rule.rule, limits),
  }));
  const rules: readonly NamedRule[] = [{ source: "collection", name, text: own, namesDatabase: false }, ...covering];
  if (own === null) return { rules, refusal: "superusers_only" };
  // A principal of another database is let in by a rule that names databases, and by nothing else.
  const isUnnamed = isCrossing && !covering.some(({ namesDatabase }) => namesDatabase);
  return isUnnamed ? { rules, refusal: "crossing_unnamed" } : { rules };
}

/** Whether the rules let every row pass. */
export const admitsAll = ({ rules, refusal }: AppliedRules): boolean =>
  refusal === undefined && rules.every(({ text }) => text?.trim() === "");

/** All rules as one predicate. */
function rulePredicate(
  { rules, refusal }: AppliedRules,
  scope: RuleScope,
  collection: Collection,
  alias: string,
): Result<RawBuilder<boolean> | undefined, EngineError> {
  if (refusal !== undefined) return err(forbidden());
  const predicates: RawBuilder<boolean>[] = [];
  for (const { text } of rules) {
    if (text === null) return err(forbidden());
    if (text.trim() === "") continue;
    const compiled = compileRule(scope, text, collection, alias);
    // A rule that can no longer be read (its field was deleted) must not open what it guarded.
    if (compiled.isErr()) return err(forbidden());
    predicates.push(sql<boolean>`(${compiled.value})`);
  }
  return ok(predicates.length === 0 ? undefined : sql<boolean>`${sql.join(predicates, sql` and `)}`);
}

const admits = (rule: string, limits: EngineLimits): boolean => {
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
  const { kind } = principal;
  return {
    dbname,
    data: written?.data,
    previous: written?.previous,
    method: methods[operation],
    auth: kind === "guest" ? null : principal.record,
    collection: kind === "user" ? principal.collection : kind === "superuser" ? superusersCollection : undefined,
    tokenDbname: kind === "user" ? principal.databaseName : kind === "superuser" ? "default" : undefined,
  };
}
