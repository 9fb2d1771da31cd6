// The place where a page ended, as an opaque text, and what comes after it. A cursor is signed for one database,
// collection, sort and filter: it must never work for another.
import { createHmac, timingSafeEqual } from "node:crypto";
import { sql, type RawBuilder } from "kysely";
import type { EngineError } from "../base/errors.js";
import { ok, refuse, type Result } from "../base/result.js";
import type { Sort, SortKey } from "./sort.js";
import type { ParameterSlot } from "./values/bind-parameters.js";

/** A value of a sort key in the last record of a page. */
export type CursorValue = string | number | boolean | null;

/** What a cursor is bound to. */
export interface CursorScope {
  /** The random id of the database, not its name: that may be used again. */
  readonly databaseId: string;
  readonly collectionId: string;
  readonly sort: Sort;
  /** The filter with its values, in any form that is the same for the same filter. */
  readonly filter: string;
}

// SHA-256.
const macBytes = 32;
// Nine keys with texts of some kilobytes each: far below what a URL may hold, far above what a page needs.
const maxCursorCharacters = 65_536;

/** The cursor after a record. `values` are those of the sort's keys, in their order. */
export function encodeCursor(key: Uint8Array, scope: CursorScope, values: readonly CursorValue[]): string {
  const payload = Buffer.from(JSON.stringify(values));
  return Buffer.concat([sign(key, scope, payload), payload]).toString("base64url");
}

/** The values of a cursor. `request_invalid` when it was altered, or made for another database, collection, sort or filter. */
export function decodeCursor(
  key: Uint8Array,
  scope: CursorScope,
  cursor: string,
): Result<readonly CursorValue[], EngineError> {
  const bytes = Buffer.from(cursor.slice(0, maxCursorCharacters), "base64url");
  const [mac, payload] = [bytes.subarray(0, macBytes), bytes.subarray(macBytes)];
  // Node reads base64url leniently: a text that it would not write was altered.
  const isWhole = mac.length === macBytes && bytes.toString("base64url") === cursor;
  if (!isWhole || !timingSafeEqual(mac, sign(key, scope, payload))) {
    const message = "This cursor belongs to another list, or was altered; ask for the first page again.";
    return refuse("request_invalid", { parameter: "cursor" }, { message });
  }
  return ok(JSON.parse(payload.toString()) as readonly CursorValue[]);
}

function sign(key: Uint8Array, { databaseId, collectionId, sort, filter }: CursorScope, payload: Buffer): Buffer {
  // JSON keeps the parts apart: no two different scopes give the same text.
  const bound = JSON.stringify(["cursor 1", databaseId, collectionId, sort.text, filter]);
  return createHmac("sha256", key)
    .update(`${Buffer.byteLength(bound)}:${bound}`)
    .update(payload)
    .digest();
}

/** The predicate of the records that come after the values of a cursor; slots stand for values that are not null. */
export function afterCursor(sort: Sort, values: readonly (CursorValue | ParameterSlot)[]): RawBuilder<boolean> {
  return after(sort.keys, values, 0);
}

function after(
  keys: readonly SortKey[],
  values: readonly (CursorValue | ParameterSlot)[],
  index: number,
): RawBuilder<boolean> {
  const { value, isDescending } = keys[index] as SortKey;
  const last = values[index] ?? null;
  const isBeyond = beyond(value, last, isDescending);
  if (index === keys.length - 1) return isBeyond;
  const isEqual = last === null ? sql`${value} is null` : sql`${value} = ${last}`;
  return sql<boolean>`(${isBeyond} or (${isEqual} and ${after(keys, values, index + 1)}))`;
}

/** Null comes before every value ascending, after every value descending. */
function beyond(
  value: RawBuilder<unknown>,
  last: CursorValue | ParameterSlot,
  isDescending: boolean,
): RawBuilder<boolean> {
  if (last === null) return isDescending ? sql<boolean>`false` : sql<boolean>`${value} is not null`;
  return isDescending ? sql<boolean>`(${value} < ${last} or ${value} is null)` : sql<boolean>`${value} > ${last}`;
}
