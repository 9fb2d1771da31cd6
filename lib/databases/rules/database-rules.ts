// The database-level rules, kept as records of `_rules` in the default database and in memory. A change is in force when
// its call returns.
import { EngineError } from "../../base/errors.js";
import { err, ok, type Outcome, type Result } from "../../base/result.js";
import { recordOperations, type DatabaseRule, type RuleBook } from "../../access/rule-book.js";

import type { StoreExecutor, StoreRow } from "../../storage/storage.js";
import type { SchemaHistory } from "../schema-history.js";

export const rulesCollection = "_rules";

/** Rules by id, as every policy looks them up. */
export class DatabaseRules implements RuleBook {
  readonly #schema: SchemaHistory;
  #rules: readonly DatabaseRule[];
  #changes = 0;

  constructor(schema: SchemaHistory, rules: readonly DatabaseRule[]) {
    this.#schema = schema;
    this.#rules = rules;
  }

  get version(): string {
    return `${this.#schema.newest.version}.${this.#changes}`;
  }

  get databaseRules(): readonly DatabaseRule[] {
    return this.#rules;
  }

  rulesOf(collectionId: string) {
    const collection = this.#schema.newest.withId(collectionId);
    return collection?.isDeleted === false ? collection.rules : undefined;
  }

  isHidden(collectionId: string, field: string): boolean {
    return this.#schema.newest.withId(collectionId)?.fields.get(field)?.hidden ?? true;
  }

  /** Puts what the store now holds in force. */
  replaceAll(rules: readonly DatabaseRule[]): void {
    this.#rules = rules;
    this.#changes += 1;
  }
}

/**
 * The rules as the default database holds them. `database_corrupt` for a line that cannot be read: leaving a rule out
 * would open what it guards.
 */
export async function readDatabaseRules(db: StoreExecutor): Outcome<readonly DatabaseRule[]> {
  const rows = await db.selectFrom(rulesCollection).selectAll().where("deleted", "is", null).orderBy("id").execute();
  const rules: DatabaseRule[] = [];
  for (const row of rows) {
    const rule = parseRule(row);
    if (rule.isErr()) return err(rule.error);
    rules.push(rule.value);
  }
  return ok(rules);
}

function parseRule(row: StoreRow): Result<DatabaseRule, EngineError> {
  const { id, name, collection, rule } = row;
  const databases = parseList(row["databases"]);
  const operations = parseList(row["operations"]);
  const isReadable =
    [id, name, collection, rule].every((value) => typeof value === "string") &&
    databases !== undefined &&
    operations !== undefined &&
    (operations ?? []).every((word) => (recordOperations as readonly string[]).includes(word));
  if (isReadable) return ok({ id, name, collection, rule, databases, operations } as DatabaseRule);
  const reason = `the rule ${JSON.stringify(name)} in "${rulesCollection}" cannot be read`;
  return err(
    new EngineError(
      "database_corrupt",
      { name: "default", reason },
      { message: `The engine was not opened: ${reason}.` },
    ),
  );
}

/** A list of texts, null for none, undefined for anything else. */
function parseList(text: unknown): readonly string[] | null | undefined {
  if (text === null) return null;
  try {
    const list: unknown = JSON.parse(text as string);
    return Array.isArray(list) && list.every((word) => typeof word === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}
