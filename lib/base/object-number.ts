// Short names for objects that are what they are by themselves, as parts of a key.

const numbers = new WeakMap<object, number>();
let last = 0;

/** The same number for the same object as long as it lives; no other object of the process has it, then or later. */
export function numberOf(object: object): number {
  const known = numbers.get(object);
  if (known !== undefined) return known;
  last += 1;
  numbers.set(object, last);
  return last;
}
