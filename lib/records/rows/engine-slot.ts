// A slot of the engine's own in a compiled query, e.g. the offset of a page.
import { ParameterSlot } from "../../query/values/bind-parameters.js";
import { ok } from "../../base/result.js";
import type { StoreValue } from "../../storage/storage.js";

/** The name under which a bind context holds the value: no placeholder can be called that. */
const slotKey = (name: string): string => `#${name}`;

/** Filled from {@link slotValues} at each call. */
export const engineSlot = (name: string): ParameterSlot =>
  new ParameterSlot(({ parameters }) => ok(parameters[slotKey(name)] as StoreValue));

/** The values of engine slots, as a bind context takes them. */
export function slotValues(values: Readonly<Record<string, StoreValue>>): Readonly<Record<string, StoreValue>> {
  const slots: Record<string, StoreValue> = {};
  for (const name in values) slots[slotKey(name)] = values[name] as StoreValue;
  return slots;
}
