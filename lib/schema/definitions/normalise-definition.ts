// A definition, untrusted, to the complete canonical form that is compared and logged. Rules are not parsed here:
// the expression language lives on a higher floor.
import type { EngineError } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import type { Catalog } from "../catalog.js";
import { ruleNames, type CollectionRules, type Field } from "../collection.js";
import { DefinitionProblems } from "./definition-problems.js";
import { maxFields, readDefinitionShape, type DefinitionShape } from "./definition-shape.js";
import { isStorableText, textInvalid } from "../field-types/text-value.js";
import { checkListedSystemField, meansSystemField } from "./listed-system-field.js";
import { collectionNameProblem, fieldNameProblem } from "./name-rules.js";
import { normaliseField, type RawObject } from "./normalise-field.js";
import { distinctIndexes, normaliseIndex } from "./normalise-index.js";
import type { StoredDefinition, StoredField } from "../schema-change.js";
import { systemFields } from "../system-fields.js";

/**
 * The complete form of a definition. `validation_failed` names every path that is wrong. Whether the
 * name is free is not asked here.
 */
export function normaliseDefinition(catalog: Catalog, input: unknown): Result<StoredDefinition, EngineError> {
  const read = readDefinitionShape(input, "create");
  if (read.isErr()) return err(read.error);
  const shape = read.value;
  const name = shape.name ?? "";
  const type = shape.type ?? "base";
  const softDelete = shape.softDelete ?? false;
  const problems = new DefinitionProblems();

  const nameProblem = collectionNameProblem(name);
  if (nameProblem !== undefined) problems.add("name", nameProblem);
  checkRules(shape.rules, problems);

  const system = new Map(systemFields(type, softDelete).map((field) => [field.name, field]));
  const isLiveCollection = (target: string): boolean =>
    target === name || catalog.live(target, "tenants") !== undefined;
  const fields = normaliseFields(shape, system, type, { problems, isLiveCollection });

  const defined = fields.map((field): [string, Field] => [field.name, { ...field, isSystem: false, isDeleted: false }]);
  const all = new Map([...system, ...defined]);
  // An index over a field that was refused would only repeat that refusal.
  const indexes = problems.any
    ? []
    : (shape.indexes ?? []).map((index, at) => normaliseIndex(index, all, problems, `indexes.${at}`));
  if (problems.any) return problems.refuse();
  return ok({ name, type, fields, indexes: distinctIndexes(indexes), softDelete, rules: allRules(shape.rules) });
}

/** Notes rules whose text cannot be stored. */
export function checkRules(rules: Partial<CollectionRules>, problems: DefinitionProblems): void {
  for (const [name, rule] of Object.entries(rules)) {
    if (typeof rule === "string" && !isStorableText(rule)) problems.add(name, textInvalid);
  }
}

const allRules = (given: Partial<CollectionRules>): CollectionRules =>
  Object.fromEntries(ruleNames.map((name) => [name, given[name] ?? null])) as CollectionRules;

function normaliseFields(
  shape: DefinitionShape,
  system: ReadonlyMap<string, Field>,
  type: "base" | "auth",
  around: { readonly problems: DefinitionProblems; readonly isLiveCollection: (name: string) => boolean },
): readonly StoredField[] {
  const { problems } = around;
  const fields: StoredField[] = [];
  const seen = new Set<string>();
  for (const [at, raw] of (shape.fields ?? []).entries()) {
    const path = `fields.${at}`;
    const name = raw["name"];
    if (typeof name === "string" && seen.has(name.toLowerCase())) {
      const message = `Another field is called '${name}' already (letter case makes no difference).`;
      problems.add(`${path}.name`, { code: "duplicate", message });
      continue;
    }
    if (typeof name === "string") seen.add(name.toLowerCase());
    const systemField = typeof name === "string" ? system.get(name) : undefined;
    if (meansSystemField(raw, systemField, type)) checkListedSystemField(raw, systemField, problems, path);
    else addDefined(fields, raw, type, { ...around, path });
  }
  if (fields.length > maxFields) {
    problems.add("fields", { code: "max", message: `A collection has at most ${maxFields} fields of its own.` });
  }
  return fields;
}

function addDefined(
  fields: StoredField[],
  raw: RawObject,
  type: "base" | "auth",
  surroundings: Parameters<typeof normaliseField>[1],
): void {
  const name = raw["name"];
  const nameProblem = typeof name === "string" ? fieldNameProblem(name, type) : undefined;
  if (nameProblem !== undefined) surroundings.problems.add(`${surroundings.path}.name`, nameProblem);
  const field = normaliseField(raw, surroundings);
  if (field !== undefined) fields.push(field);
}
