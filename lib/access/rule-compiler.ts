// Rule → predicate. Rules are the app's own words: inside them relations are followed without the far side's rules and
// hidden fields have names; passwords have none.
import type { RawBuilder } from "kysely";
import type { EngineError } from "../base/errors.js";
import type { EngineLimits } from "../base/limits.js";
import { ok, type Result } from "../base/result.js";
import { createCollectionResolver } from "../query/compiler/collection-resolver.js";
import { compileExpression } from "../query/compiler/compile-expression.js";
import type { Operand } from "../query/language/expression.js";
import { operandsOf } from "../query/language/operands.js";
import { ExpressionRefusal, refuseExpression, shown } from "../query/language/expression-refusal.js";
import type { FieldResolver } from "../query/compiler/field-resolver.js";
import { parseExpression } from "../query/language/parse-expression.js";
import type { Catalog, DatabaseScope } from "../schema/catalog.js";
import type { Collection, Field } from "../schema/collection.js";
import type { StoreDialect } from "../storage/store-dialect.js";

/** What rules are compiled against: one database's schema and store. */
export interface RuleScope {
  readonly catalog: Pick<Catalog, "live">;
  readonly scope: DatabaseScope;
  readonly dialect: StoreDialect;
  readonly limits: EngineLimits;
}

/** The predicate of a rule over a collection's rows, in the table called `alias`. `rule_invalid`. */
export function compileRule(
  scope: RuleScope,
  text: string,
  collection: Collection,
  alias: string,
): Result<RawBuilder<boolean>, EngineError> {
  return compileWith(scope, text, ruleResolver(scope, collection, alias));
}

/**
 * What paths mean in rules over a collection's rows, in the table called `alias`. `onField` hears of every field that a
 * path goes through.
 */
export function ruleResolver(
  { catalog, scope, dialect, limits }: RuleScope,
  collection: Collection,
  alias: string,
  onField?: (field: Field) => void,
): FieldResolver {
  const mayRead = (_: Collection, field: Field): boolean => {
    onField?.(field);
    return field.type !== "password";
  };
  return createCollectionResolver({
    ...{ catalog, scope, collection, dialect, mayRead },
    ...{ tableAlias: alias, maxHops: limits.expandDepth },
  });
}

/** The predicate of a rule that asks about the request alone. `rule_invalid` at the first field. */
export function compileRequestRule(
  scope: Pick<RuleScope, "dialect" | "limits">,
  text: string,
): Result<RawBuilder<boolean>, EngineError> {
  return compileWith(scope, text, withoutFields);
}

/** Has a name for no field. */
const withoutFields: FieldResolver = {
  resolve: (path) => {
    const message = 'a rule for "*" covers collections with different fields, so it can ask about @request alone';
    throw new ExpressionRefusal(path[0]?.position ?? 0, message);
  },
};

function compileWith(
  { dialect, limits }: Pick<RuleScope, "dialect" | "limits">,
  text: string,
  resolver: FieldResolver,
): Result<RawBuilder<boolean>, EngineError> {
  return parseExpression(text, { context: "rule", limits }).andThen((tree) =>
    compileExpression(tree, { text, resolver, dialect, context: "rule", limits }),
  );
}

// Not fields, but what a body may hold or the engine puts in its place.
const otherSentNames: ReadonlySet<string> = new Set(["dbname", "passwordConfirm"]);

/**
 * Refuses a rule that asks for a field of the body which the collection does not have: always missing, it would make
 * `@request.data.rloe:changed = false` hold for every body. `rule_invalid` at the name.
 */
export function checkSentNames(text: string, collection: Collection, limits: EngineLimits): Result<void, EngineError> {
  return parseExpression(text, { context: "rule", limits }).andThen((tree) => {
    for (const operand of operandsOf(tree)) {
      if (operand.kind !== "request" || operand.path[0]?.name !== "data") continue;
      const sent = operand.path[1];
      if (!sent || otherSentNames.has(sent.name) || collection.fields.has(sent.name)) continue;
      const message = `${collection.name} has no field '${shown(sent.name)}' that a body could hold`;
      return refuseExpression({ text, code: "rule_invalid" }, sent.position, message);
    }
    return ok(undefined);
  });
}

/** Whether a rule can be decided without looking at a record, and whether it asks which database the request is for. */
export interface RuleTraits {
  readonly asksFields: boolean;
  readonly namesDatabase: boolean;
}

/** What a rule asks about; a text that cannot be read asks fields and names nothing, so it admits nobody. */
export function ruleTraits(text: string, limits: EngineLimits): RuleTraits {
  const tree = parseExpression(text, { context: "rule", limits });
  if (tree.isErr()) return { asksFields: true, namesDatabase: false };
  const operands = operandsOf(tree.value);
  return { asksFields: operands.some(({ kind }) => kind === "field"), namesDatabase: operands.some(isDatabaseName) };
}

/** Whether a rule asks about the record itself and the request, and about no other record. */
export function asksOwnFieldsAlone(text: string, collection: Collection, limits: EngineLimits): boolean {
  if (text.trim() === "") return true;
  const tree = parseExpression(text, { context: "rule", limits });
  // What cannot be read lets nobody pass, whatever the record.
  if (tree.isErr()) return true;
  return operandsOf(tree.value).every(({ kind, ...operand }) => {
    if (kind !== "field" || !("path" in operand)) return true;
    // A path of several names goes through a relation, or into json.
    return operand.path.length === 1 || collection.fields.get(operand.path[0]?.name ?? "")?.type !== "relation";
  });
}

/** `@request.dbname` and its other spelling `@request.data.dbname`. */
function isDatabaseName(operand: Operand): boolean {
  if (operand.kind !== "request") return false;
  const path = operand.path.map(({ name }) => name).join(".");
  // `:isset` and `:changed` ask what the client has sent.
  const isOfClient = operand.modifiers.some(({ name }) => name === "isset" || name === "changed");
  return !isOfClient && (path === "dbname" || path === "data.dbname");
}
