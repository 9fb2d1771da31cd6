// Rules are checked when they are made, and no schema change may break one that stands: a rule that cannot be read any
// more denies everything it guards.
import { checkSentNames, compileRequestRule, compileRule, type RuleScope } from "../../access/rule-compiler.js";
import type { DatabaseRule } from "../../access/rule-book.js";
import { EngineError, type ErrorDetails } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import type { Catalog, DatabaseScope } from "../../schema/catalog.js";
import { ruleNames, type Collection } from "../../schema/collection.js";
import type { Fleet } from "../fleet.js";

/** What rules are compiled with, besides a catalog. */
export type RuleTools = Pick<RuleScope, "dialect" | "limits">;

export const ruleToolsOf = ({ storage, limits }: Pick<Fleet, "storage" | "limits">): RuleTools => ({
  dialect: storage.dialect,
  limits,
});

/** The rules of one collection. `rule_invalid` naming the rule, the character and the reason. */
export function checkCollectionRules(
  tools: RuleTools,
  catalog: Catalog,
  collection: Collection,
): Result<void, EngineError> {
  for (const name of ruleNames) {
    const text = collection.rules[name];
    if (text === null || text.trim() === "") continue;
    const compiled = compileIn(tools, catalog, text, collection);
    if (compiled.isErr()) return err(named(compiled.error, name));
  }
  return ok(undefined);
}

/** One database-level rule. `rule_invalid`; `collection_not_found` when it names a collection that is not there. */
export function checkDatabaseRule(
  tools: RuleTools,
  catalog: Catalog,
  { collection: name, rule }: Pick<DatabaseRule, "collection" | "rule">,
): Result<void, EngineError> {
  if (name !== "*") {
    const collection = catalog.collections.get(name);
    if (!collection || collection.isDeleted) {
      const message = `There is no collection "${name}" for the rule to cover; name one, or "*" for all.`;
      return err(new EngineError("collection_not_found", { collection: name }, { message }));
    }
    return compileIn(tools, catalog, rule, collection);
  }
  return compileRequestRule(tools, rule).map(() => undefined);
}

/** `conflict` naming the first rule that could be read before a schema change and could not after it. */
export function checkRulesSurvive(
  tools: RuleTools,
  before: Catalog,
  after: Catalog,
  databaseRules: readonly DatabaseRule[],
): Result<void, EngineError> {
  for (const collection of after.collections.values()) {
    const was = before.withId(collection.id);
    if (collection.isDeleted || !was || was.isDeleted || was.rules !== collection.rules) continue;
    const broken = checkCollectionRules(tools, after, collection);
    if (broken.isOk() || checkCollectionRules(tools, before, was).isErr()) continue;
    const { rule = "" } = broken.error.details as ErrorDetails["rule_invalid"];
    return usedBy(collection.name, `the ${rule} of "${collection.name}"`, broken.error);
  }
  for (const rule of databaseRules) {
    const broken = checkDatabaseRule(tools, after, rule);
    if (broken.isOk() || checkDatabaseRule(tools, before, rule).isErr()) continue;
    return usedBy(rule.collection, `the database rule "${rule.name}"`, broken.error);
  }
  return ok(undefined);
}

function usedBy(collection: string, rule: string, cause: EngineError): Result<never, EngineError> {
  const message = `This is used by ${rule}, which could not be read any more (${cause.message}). Change that rule first.`;
  return err(new EngineError("conflict", { collection }, { message, cause }));
}

function compileIn(
  tools: RuleTools,
  catalog: Catalog,
  text: string,
  collection: Collection,
): Result<void, EngineError> {
  const scope: DatabaseScope = collection.scope === "everywhere" ? "tenants" : collection.scope;
  return compileRule({ ...tools, catalog, scope }, text, collection, collection.name).andThen(() =>
    checkSentNames(text, collection, tools.limits),
  );
}

function named(error: EngineError, rule: string): EngineError {
  if (!error.is("rule_invalid")) return error;
  return new EngineError(
    "rule_invalid",
    { ...error.details, rule },
    { message: `${rule}: ${error.message}`, cause: error },
  );
}
