// A predicate asked about many rows at once, each with values of its own: what would be bound stands in the row instead.
import { ExpressionWrapper, OperationNodeTransformer, type Expression, type ValueNode } from "kysely";
import { ParameterSlot } from "./bind-parameters.js";

/**
 * The expression with `placeOf(index)` in the place of every slot, and the slots in that order from `slots.length` on:
 * they are added to the list. Values that are the same for all calls stay bound.
 */
export function replaceSlots<T>(
  expression: Expression<T>,
  slots: ParameterSlot[],
  placeOf: (index: number) => Expression<unknown>,
): Expression<T> {
  return new ExpressionWrapper(new SlotReplacement(slots, placeOf).transformNode(expression.toOperationNode()));
}

class SlotReplacement extends OperationNodeTransformer {
  readonly #slots: ParameterSlot[];
  readonly #placeOf: (index: number) => Expression<unknown>;

  constructor(slots: ParameterSlot[], placeOf: (index: number) => Expression<unknown>) {
    super();
    this.#slots = slots;
    this.#placeOf = placeOf;
  }

  // eslint-disable-next-line no-restricted-syntax -- Kysely's word for what a subclass may change
  protected override transformValue(node: ValueNode): ValueNode {
    if (!(node.value instanceof ParameterSlot)) return node;
    this.#slots.push(node.value);
    // Whatever compiles may stand here; the transformer's types know values alone.
    return this.#placeOf(this.#slots.length - 1).toOperationNode() as unknown as ValueNode;
  }
}
