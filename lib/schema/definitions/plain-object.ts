// What counts as plain data: the only objects whose properties are read.

/**
 * Whether a value is an object literal or has no prototype. One from another realm (a worker, a test
 * runner's sandbox) counts too; an instance of a class does not.
 */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
