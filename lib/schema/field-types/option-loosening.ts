// Whether a changed option still accepts every value that it accepted before. Pure comparisons, no field types.
import type { Field } from "../collection.js";

const numberOption = (field: Field, name: string, absent: number): number => {
  const value = field.options[name];
  return typeof value === "number" ? value : absent;
};

/** Why `max` may not change so: it became smaller. `absent` is what leaving it out means. */
export function smallerMax(before: Field, after: Field, absent = Infinity, name = "max"): string | undefined {
  const [was, is] = [numberOption(before, name, absent), numberOption(after, name, absent)];
  return is < was
    ? `${name} may only grow (it is ${limit(was)}), or stored values would no longer be valid`
    : undefined;
}

/** Why `min` may not change so: it became greater. */
export function greaterMin(before: Field, after: Field): string | undefined {
  const [was, is] = [numberOption(before, "min", -Infinity), numberOption(after, "min", -Infinity)];
  return is > was ? `min may only shrink (it is ${limit(was)}), or stored values would no longer be valid` : undefined;
}

const limit = (value: number): string => (Number.isFinite(value) ? String(value) : "not set");

/** Why `multiple` may not change: a column of single values is read otherwise than one of lists. */
export function changedMultiple(before: Field, after: Field): string | undefined {
  return (before.options["multiple"] === true) === (after.options["multiple"] === true)
    ? undefined
    : "multiple cannot change, because stored values would be read otherwise; add another field instead";
}
