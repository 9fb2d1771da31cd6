// Which columns of a collection an expression compares so that an index could narrow the rows. Looks at the words alone: the
// store decides what it uses.
import type { Collection } from "../schema/collection.js";
import { fieldTypes } from "../schema/field-types/index.js";
import type { Constant, Expression, Operand } from "./language/expression.js";

/** The parts of `a && b && c`, all of which must hold; an expression of another kind is its only part. */
export const conjunctsOf = (node: Expression): readonly Expression[] =>
  node.kind === "and" ? node.operands.flatMap((part) => conjunctsOf(part)) : [node];

/** Whether the collection has the live field, and an index can be over it. */
export function isIndexable(collection: Collection, name: string): boolean {
  const field = collection.fields.get(name);
  return field !== undefined && fieldTypes[field.type].isIndexable(field);
}

/** The record's own column that an operand is; undefined for paths, lists, json, and what a modifier changes. */
export function ownColumn(collection: Collection, operand: Operand): string | undefined {
  if (operand.kind !== "field" || operand.path.length !== 1 || operand.modifiers.length > 0) return undefined;
  const name = operand.path[0]?.name ?? "";
  return isIndexable(collection, name) ? name : undefined;
}

/** `field = constant`, on either side. */
export interface ColumnEquality {
  readonly name: string;
  readonly constant: Constant;
}

/** The equality of one of the record's own columns with a constant that a node is; undefined when it is something else. */
export function columnEquality(collection: Collection, node: Expression): ColumnEquality | undefined {
  if (node.kind !== "comparison" || node.operator !== "=" || node.isAny) return undefined;
  const [left, right] = [node.left, node.right];
  if (left.kind === "field" && right.kind === "field") return undefined;
  const [operand, constant] = left.kind === "field" ? [left, right] : [right, left];
  const name = ownColumn(collection, operand);
  return name === undefined ? undefined : { name, constant: constant as Constant };
}
