// What `@request.…` means in a request. Reads own properties alone; the database's name never comes from the client.
import type { Modifier, PathSegment } from "../language/expression.js";

/** A record or a body as rules see it. */
export type RequestRecord = Readonly<Record<string, unknown>>;

/** What rules may ask about the request under way. */
export interface RequestValues {
  /** Who asks: the whole record, also its hidden fields; null for a guest. */
  readonly auth: RequestRecord | null;
  /** The collection of `auth`. */
  readonly collection?: string | undefined;
  /** The database that the engine resolved. */
  readonly dbname: string;
  /** The database that issued the token. */
  readonly tokenDbname?: string | undefined;
  /** What is written; undefined where nothing is. */
  readonly data: RequestRecord | undefined;
  /** The record as it is before the write, for `:changed`. Undefined for a create: then every field set is changed. */
  readonly previous?: RequestRecord | undefined;
  readonly method: string;
}

/** The value at a path of the request with its modifiers; null when it is missing. */
export function requestValue(
  request: RequestValues | undefined,
  path: readonly PathSegment[],
  modifiers: readonly Modifier[],
): unknown {
  if (request === undefined) return null;
  const names = path.map(({ name }) => name);
  const [, field = ""] = names;
  if (modifiers[0]?.name === "isset") return own(request.data, field) !== undefined;
  if (modifiers[0]?.name === "changed") return isChanged(request, field);
  return modifiers.reduce(modified, valueAt(request, names));
}

function valueAt(request: RequestValues, [root, field = "", ...rest]: readonly string[]): unknown {
  if (root === "dbname") return request.dbname;
  if (root === "method") return request.method;
  if (root === "data") {
    return field === "dbname" && rest.length === 0 ? request.dbname : walk(own(request.data, field), rest);
  }
  if (request.auth === null) return null;
  if (rest.length === 0) {
    if (field === "collection") return request.collection ?? null;
    if (field === "dbname") return request.tokenDbname ?? null;
    if (field === "tenantId" && own(request.auth, field) === undefined) return request.tokenDbname ?? null;
  }
  return walk(own(request.auth, field), rest);
}

function walk(value: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>((inner, name) => own(inner, name), value) ?? null;
}

function own(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  // The length of a list is a property of its own, but no element.
  if (Array.isArray(value) && !/^\d+$/.test(name)) return undefined;
  return (value as RequestRecord)[name];
}

function modified(value: unknown, { name }: Modifier): unknown {
  if (name === "lower") return typeof value === "string" ? asciiLower(value) : value;
  if (name === "length") return Array.isArray(value) ? value.length : value === null ? 0 : null;
  return value;
}

function isChanged({ data, previous }: RequestValues, field: string): boolean {
  const next = own(data, field);
  return next !== undefined && !isSame(next, own(previous, field) ?? null);
}

function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const [leftKeys, rightKeys] = [Object.keys(left), Object.keys(right)];
  return (
    leftKeys.length === rightKeys.length &&
    leftKeys.every((key) => Object.hasOwn(right, key) && isSame(own(left, key), own(right, key)))
  );
}

/** Lower case as the store's: ASCII letters alone. */
export const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
