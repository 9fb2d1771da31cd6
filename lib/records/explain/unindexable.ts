// What rules and filter of a list ask that no index can answer, told where the list reads every record for it. A guess from the
// words, as that of missing indexes is.
import { conjunctsOf, ownColumn } from "../../query/compared-fields.js";
import type { Expression, FieldOperand } from "../../query/language/expression.js";
import { operandsOf } from "../../query/language/operands.js";
import type { Collection } from "../../schema/collection.js";
import { fieldTypes } from "../../schema/field-types/index.js";
import type { PlannedStatement } from "./explain-statement.js";
import type { UnindexableHint } from "./explanation.js";

/** `conditions` all hold for the rows of the statement. Empty when it finds its rows by an index. */
export function unindexable(
  collection: Collection,
  { steps }: PlannedStatement,
  conditions: readonly Expression[],
): readonly UnindexableHint[] {
  if (!steps.some(({ scans }) => scans === collection.name)) return [];
  const hints = new Map<string, UnindexableHint>();
  for (const operand of conditions.flatMap(conjunctsOf).flatMap(operandsOf)) {
    if (operand.kind !== "field" || ownColumn(collection, operand) !== undefined) continue;
    const path = operand.path.map(({ name }) => name).join(".");
    hints.set(path, { path, reason: reasonOf(collection, operand) });
  }
  return [...hints.values()];
}

function reasonOf({ name, fields }: Collection, { path }: FieldOperand): string {
  const [first, ...rest] = path.map((segment) => segment.name);
  const field = fields.get(first ?? "");
  if (field && fieldTypes[field.type].isMultiple(field)) {
    return `"${first}" holds a list, and an index holds single values. A collection with one record for each of its values, and a relation to "${name}", can be searched.`;
  }
  if (field?.type === "relation" && rest.length > 0) {
    return `It is a field of another record, and an index of "${name}" holds only its own fields. Keep a copy of the value in "${name}" and compare that.`;
  }
  if (field && fieldTypes[field.type].comparison === "dynamic") {
    return `"${first}" is json, which an index cannot look into. Keep the value in a field of its own.`;
  }
  return `An index holds the values of "${first}" as they are and one by one. Keep what is asked about it in a field of its own.`;
}
