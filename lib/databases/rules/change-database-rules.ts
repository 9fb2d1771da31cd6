// Making, changing and removing database-level rules: checked, written to the default database, then in force. One after
// the other, and never beside a schema change, because each is checked against the schema.
import type { DatabaseRule, RecordOperation } from "../../access/rule-book.js";
import { recordOperations } from "../../access/rule-book.js";
import { EngineError, type FieldProblem } from "../../base/errors.js";
import { err, ok, type Outcome, type Result } from "../../base/result.js";
import { shownValue } from "../../base/shown.js";
import { createRecord } from "../../records/create-record.js";
import { deleteRecord } from "../../records/delete-record.js";
import type { RecordContext } from "../../records/record-context.js";
import { updateRecord } from "../../records/update-record.js";
import { changeInTurn } from "../change-schema.js";
import { checkDatabaseRule, ruleToolsOf } from "./check-rules.js";
import { isDatabaseName } from "../database-name.js";
import { readDatabaseRules, rulesCollection } from "./database-rules.js";
import type { Fleet } from "../fleet.js";

/** What `rules.create` takes. */
export interface DatabaseRuleDefinition {
  /** For people: what the rule is there for. 1 to 200 characters. */
  readonly name: string;
  /** A collection's name, or `"*"` for all; then the rule may ask about `@request` alone. */
  readonly collection: string;
  /** The expression. */
  readonly rule: string;
  /** The databases it covers. Default: all. */
  readonly databases?: readonly string[] | null;
  /** The operations it covers. Default: all. */
  readonly operations?: readonly RecordOperation[] | null;
}

const longestName = 200;

/** `validation_failed`, `rule_invalid` with the character and the reason, `collection_not_found`. */
export function createDatabaseRule(fleet: Fleet, context: RecordContext, input: unknown): Outcome<DatabaseRule> {
  return fleet.schemaTurn(async () => {
    const definition = readDefinition(fleet, input);
    if (definition.isErr()) return err(definition.error);
    const indexed = await indexFor(fleet, { ...definition.value, id: "" });
    if (indexed.isErr()) return err(indexed.error);
    const created = await createRecord(context, rulesCollection, definition.value);
    if (created.isErr()) return err(created.error);
    return enforce(fleet, context, String(created.value["id"]));
  });
}

/** What is left out stays. `record_not_found`, and what creating can end in. */
export function updateDatabaseRule(
  fleet: Fleet,
  context: RecordContext,
  id: string,
  change: unknown,
): Outcome<DatabaseRule> {
  return fleet.schemaTurn(async () => {
    const present = findDatabaseRule(fleet, id);
    if (present.isErr()) return err(present.error);
    const { id: _, ...settings } = present.value;
    if (typeof change !== "object" || change === null) return err(invalid({ rule: notAnObject }));
    const definition = readDefinition(fleet, { ...settings, ...change });
    if (definition.isErr()) return err(definition.error);
    const indexed = await indexFor(fleet, { ...definition.value, id });
    if (indexed.isErr()) return err(indexed.error);
    const updated = await updateRecord(context, rulesCollection, id, definition.value);
    return updated.isErr() ? err(updated.error) : enforce(fleet, context, id);
  });
}

/** `record_not_found`. */
export function deleteDatabaseRule(fleet: Fleet, context: RecordContext, id: string): Outcome<void> {
  return fleet.schemaTurn(async () => {
    const deleted = await deleteRecord(context, rulesCollection, id);
    if (deleted.isErr()) return err(deleted.error);
    const reloaded = await reload(fleet, context);
    return reloaded.isErr() ? err(reloaded.error) : ok(undefined);
  });
}

/** `record_not_found`. */
export function findDatabaseRule(fleet: Pick<Fleet, "rules">, id: string): Result<DatabaseRule, EngineError> {
  const found = fleet.rules.databaseRules.find((rule) => rule.id === id);
  if (found) return ok(found);
  const details = { collection: rulesCollection, id: shownValue(id) };
  return err(new EngineError("record_not_found", details, { message: `There is no rule "${shownValue(id)}".` }));
}

/**
 * Makes the index that lists under the rule need, before the rule is in force: should it fail, nothing has changed. That of a
 * rule which goes is left until the collection changes, because rules come back.
 */
async function indexFor(fleet: Fleet, rule: DatabaseRule): Outcome<void> {
  const collection = fleet.schema.newest.live(rule.collection, "tenants");
  if (!collection) return ok(undefined);
  const present = fleet.rules.databaseRules;
  const isNew = !present.some(({ id }) => id === rule.id);
  const rules = isNew ? [...present, rule] : present.map((other) => (other.id === rule.id ? rule : other));
  const changed = await changeInTurn(fleet, () => ok({ kind: "unchanged", collection }), rules);
  return changed.map(() => undefined);
}

async function enforce(fleet: Fleet, context: RecordContext, id: string): Outcome<DatabaseRule> {
  const reloaded = await reload(fleet, context);
  return reloaded.isErr() ? err(reloaded.error) : findDatabaseRule(fleet, id);
}

async function reload(fleet: Fleet, context: RecordContext): Outcome<void> {
  const rules = await context.read(readDatabaseRules);
  if (rules.isErr()) return err(rules.error);
  fleet.rules.replaceAll(rules.value);
  return ok(undefined);
}

const notAnObject: FieldProblem = { code: "type", message: "A rule is an object." };

const invalid = (fields: Readonly<Record<string, FieldProblem>>): EngineError => {
  const [name = "", problem] = Object.entries(fields)[0] ?? [];
  return new EngineError("validation_failed", { fields }, { message: `${name}: ${problem?.message ?? ""}` });
};

const settingNames = ["name", "collection", "rule", "databases", "operations"];

/** Untrusted input to a complete rule, without its id. */
function readDefinition(fleet: Fleet, input: unknown): Result<Omit<DatabaseRule, "id">, EngineError> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return err(invalid({ rule: notAnObject }));
  const given = { ...input } as Readonly<Record<string, unknown>>;
  const { name, collection, rule, databases = null, operations = null } = given;
  const problems: Record<string, FieldProblem> = {};
  const check = (isRight: boolean, setting: string, code: string, message: string): void => {
    if (!isRight) problems[setting] = { code, message };
  };
  for (const key of Object.keys(given))
    check(settingNames.includes(key), key, "unknown_field", "A rule has no such setting.");
  const isNamed = isText(name) && name.length <= longestName;
  check(isNamed, "name", "required", `Say what the rule is there for, in 1 to ${longestName} characters.`);
  check(typeof collection === "string", "collection", "required", 'Name a collection, or "*" for all.');
  check(isText(rule), "rule", "required", "A rule is an expression. One that holds for everybody is no rule.");
  check(
    isListOf(databases, isDatabaseName),
    "databases",
    "type",
    "A list of database names, at least one; leave it out for all.",
  );
  check(
    isListOf(operations, isOperation),
    "operations",
    "type",
    `A list out of ${recordOperations.join(", ")}, at least one; leave it out for all.`,
  );
  if (Object.keys(problems).length > 0) return err(invalid(problems));
  const definition = { name, collection, rule, databases, operations } as Omit<DatabaseRule, "id">;
  return checkDatabaseRule(ruleToolsOf(fleet), fleet.schema.newest, definition).map(() => definition);
}

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

const isListOf = (list: unknown, isMember: (member: unknown) => boolean): boolean =>
  list === null || (Array.isArray(list) && list.length > 0 && list.every(isMember));

const isOperation = (word: unknown): boolean => (recordOperations as readonly unknown[]).includes(word);
