// What every explained operation is made of: the rules that apply, the row that is meant, and the call as it ends.
import { trustedPolicy, type AppliedRules } from "../../access/access-policy.js";
import type { EngineError, ErrorCode } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import type { Expression } from "../../query/language/expression.js";
import { parseExpression } from "../../query/language/parse-expression.js";
import type { PlainRecord } from "../rows/plain-record.js";
import { projectRecord } from "../selection/projection.js";
import { idIs } from "../rows/row-predicates.js";
import { referenceTo, holds } from "./explain-rules.js";
import type { ExplainContext } from "./explain-context.js";
import type { ExplainedRule, Explanation, RuleReference } from "./explanation.js";

/** The parts of an explanation that its operation says. */
export type OperationExplanation = Omit<Explanation, "operation" | "database" | "collection">;

// The call's own answers. All else (a full disk, a busy database) says nothing about the caller, and is an Err here too.
const answers: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(["forbidden", "unauthenticated", "record_not_found", "collection_not_found", "database_not_found"] as const),
  ...(["database_reserved", "validation_failed", "unique_violation", "conflict"] as const),
  ...(["filter_invalid", "sort_invalid", "request_invalid"] as const),
]);

/** The refusal that a call ended in; undefined when it succeeded. Err when it tells nothing about the caller. */
export function refusalOf(answer: Result<unknown, EngineError>): Result<EngineError | undefined, EngineError> {
  if (answer.isOk()) return ok(undefined);
  return answers.has(answer.error.code) ? ok(answer.error) : err(answer.error);
}

export const shownRefusal = ({ code, message }: EngineError): NonNullable<Explanation["refusal"]> => ({
  code,
  message,
});

export const rulesOf = ({ context, collection, operation }: ExplainContext): AppliedRules =>
  context.policy.rulesFor(collection, operation, context.services.limits);

/** The trees of the rules that can be read. */
export const ruleTrees = ({ context }: ExplainContext, { rules }: AppliedRules): readonly Expression[] =>
  rules.flatMap(({ text }) => {
    if (text === null || text.trim() === "") return [];
    const { limits } = context.services;
    return parseExpression(text, { context: "rule", limits }).match(
      (tree) => [tree],
      () => [],
    );
  });

/** A row as it stands, whatever the caller may see of it. */
export interface FoundRow {
  readonly state: "live" | "deleted" | "absent";
  /** As rules see it. Not to be shown. */
  readonly record: PlainRecord;
}

export async function findRow({ context, db, collection }: ExplainContext, id: string): Promise<FoundRow> {
  const item = projectRecord({ services: context.services, policy: trustedPolicy }, collection);
  const row = await db
    .selectFrom(collection.name)
    .select([`${collection.name}.deleted as deleted`, item.as("item")])
    .where(idIs(collection, id))
    .executeTakeFirst();
  if (!row) return { state: "absent", record: {} };
  return { state: row["deleted"] === null ? "live" : "deleted", record: JSON.parse(row.item) as PlainRecord };
}

/** The first rule that did not let the subject through. */
export const failing = (rules: readonly ExplainedRule[]): ExplainedRule | undefined =>
  rules.find((rule) => !holds(rule));

/** Without one that failed, the collection's own rule decided; null when none applies. */
export const deciding = (failed: RuleReference | undefined, { rules }: AppliedRules): RuleReference | null => {
  const rule = failed ?? rules[0];
  return rule === undefined ? null : referenceTo(rule);
};

/** A rule as sentences name it. */
export const named = ({ source, name }: RuleReference): string =>
  source === "collection" ? name : `the database-level rule "${name}"`;

/** Why no row can satisfy the rules. */
export function refusedAtOnce({ context, collection }: ExplainContext, { rules, refusal }: AppliedRules): string {
  return refusal === "superusers_only"
    ? `${rules[0]?.name} of "${collection.name}" is null, so superusers alone may do this.`
    : `The caller belongs to another database, and no database-level rule that covers this request names the database "${context.databaseName}".`;
}

/** Why rules let a subject through or not. */
export function ruleSentence(failed: ExplainedRule | undefined, applied: AppliedRules, subject: string): string {
  if (failed?.problem !== undefined) return `${named(failed)} cannot be read: ${failed.problem}.`;
  if (failed) return `${named(failed)} is ${failed.value} for ${subject}.`;
  if (applied.rules.length === 0) return "No rule applies: trusted code and superusers bypass them.";
  if (applied.rules.length === 1 && applied.rules[0]?.text?.trim() === "")
    return `${named(applied.rules[0])} lets everyone.`;
  const [first] = applied.rules;
  return applied.rules.length === 1 && first
    ? `${named(first)} is true for ${subject}.`
    : `All ${applied.rules.length} rules are true for ${subject}.`;
}
