// The rules in force, looked up when they are asked for: a rule that was changed counts from the next look on.
import { type CollectionRules, type RuleName } from "../schema/collection.js";

/** What a caller may want to do with records. */
export type RecordOperation = "list" | "view" | "create" | "update" | "delete";

export const recordOperations = [
  "list",
  "view",
  "create",
  "update",
  "delete",
] as const satisfies readonly RecordOperation[];

/** The collection's own rule for an operation. */
export const ruleNameOf = (operation: RecordOperation): RuleName => ruleNamesByOperation[operation];

const ruleNamesByOperation: Readonly<Record<RecordOperation, RuleName>> = {
  list: "listRule",
  view: "viewRule",
  create: "createRule",
  update: "updateRule",
  delete: "deleteRule",
};

/** A rule over whole databases. All that cover a request must hold, besides the collection's own. */
export interface DatabaseRule {
  readonly id: string;
  /** For people: what the rule is there for. */
  readonly name: string;
  /** The collection it covers, `"*"` for all. */
  readonly collection: string;
  /** The expression. With `"*"` it may ask about the request alone. */
  readonly rule: string;
  /** The databases it covers; null for all. */
  readonly databases: readonly string[] | null;
  /** The operations it covers; null for all. */
  readonly operations: readonly RecordOperation[] | null;
}

/** Where policies look rules up. */
export interface RuleBook {
  /** Another text whenever any rule has changed: compiled queries are kept under it. */
  readonly version: string;
  /** The present rules of a live collection; undefined when it is not there any more. */
  rulesOf(collectionId: string): CollectionRules | undefined;
  /**
   * Whether a field is hidden, or deleted, by now. A database whose own records keep it from the newest schema, and a
   * transaction under way, still go by an older definition.
   */
  isHidden(collectionId: string, field: string): boolean;
  /** The database-level rules in force. */
  readonly databaseRules: readonly DatabaseRule[];
}

/** The database-level rules that cover a request. Leaving out collection or operation gives those that cover any. */
export function coveringRules(
  book: RuleBook,
  database: string,
  collection?: string,
  operation?: RecordOperation,
): readonly DatabaseRule[] {
  return book.databaseRules.filter(
    (rule) =>
      (rule.databases?.includes(database) ?? true) &&
      (collection === undefined || rule.collection === "*" || rule.collection === collection) &&
      (operation === undefined || (rule.operations?.includes(operation) ?? true)),
  );
}
