// What the slots of a query are filled from: the filter's placeholders, the engine's own values, and the request that
// rules ask about.
import type { WrittenValues } from "../../access/access-policy.js";
import type { RecordOperation } from "../../access/rule-book.js";
import type { BindContext } from "../../query/values/bind-parameters.js";
import type { StoreValue } from "../../storage/storage.js";
import { slotValues } from "./engine-slot.js";
import type { CompileContext } from "../record-context.js";

export interface BoundValues {
  /** Values of the filter's placeholders. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** The engine's own slots, e.g. the offset of a page. */
  readonly slots?: Readonly<Record<string, StoreValue>>;
  /** What is written, for rules that ask about it. */
  readonly written?: WrittenValues | undefined;
}

/** The bind context of one statement of an operation. */
export function bindContext(
  { policy, services }: CompileContext,
  operation: RecordOperation,
  { parameters = none, slots, written }: BoundValues = {},
): BindContext {
  return {
    parameters: slots === undefined ? parameters : { ...parameters, ...slotValues(slots) },
    now: services.clock.now(),
    request: policy.request(operation, written),
  };
}

const none = {};
