// What an expression asks about.
import type { Expression, Operand } from "./expression.js";

/** The operands of one node, without those of the expressions in it. */
export function ownOperands(node: Expression): readonly Operand[] {
  switch (node.kind) {
    case "comparison":
      return [node.left, node.right];
    case "membership":
      return [node.operand, ...node.values];
    case "presence":
      return [node.operand];
    default:
      return [];
  }
}

/** All operands of an expression, in their order. */
export function operandsOf(node: Expression): readonly Operand[] {
  switch (node.kind) {
    case "and":
    case "or":
      return node.operands.flatMap(operandsOf);
    case "not":
      return operandsOf(node.operand);
    default:
      return ownOperands(node);
  }
}
