// Many rows as one bound JSON text, and the select that gives them back: each value exactly as it would be stored had it
// been bound by itself. What JSON or SQLite's reader of it cannot carry exactly is not packed.
import { sql, type Expression, type RawBuilder } from "kysely";
import type { StoreValue } from "../store-executor.js";
import type { ColumnKind } from "../store-dialect.js";

/** ES2024; every supported Node has it, TypeScript's library of the target does not. */
type WellFormedCheck = string & { isWellFormed(): boolean };

// SQLite reads the doubles of JSON wrongly in the last bit now and then, whole numbers never. So a number takes two
// places: a whole number, and another that divides it (null for 1), both of which a double holds exactly; IEEE division
// is correctly rounded, so the quotient is the number.
const greatestPowerOfTwo = 62;
const greatestPowerOfTen = 18;
// From here on a double stays one in a numeric column; below it becomes a 64-bit integer.
const endOfIntegers = 2 ** 63;

/** The values as the elements of a JSON array; undefined when one cannot be carried exactly. */
export function packValues(kinds: readonly ColumnKind[], values: readonly StoreValue[]): string | undefined {
  let packed = "";
  for (const [index, value] of values.entries()) {
    const element = packValue(kinds[index] as ColumnKind, value);
    if (element === undefined) return undefined;
    packed += index === 0 ? element : `,${element}`;
  }
  return packed;
}

function packValue(kind: ColumnKind, value: StoreValue): string | undefined {
  if (value === null) return kind === "number" ? "null,null" : "null";
  if (kind === "number") return typeof value === "number" ? packNumber(value) : undefined;
  if (typeof value === "boolean") return kind === "boolean" ? (value ? "1" : "0") : undefined;
  if (typeof value !== "string" || kind === "boolean") return undefined;
  // The codec of bound values refuses both with its reason.
  if (!(value as WellFormedCheck).isWellFormed() || value.includes("\0")) return undefined;
  return JSON.stringify(value);
}

function packNumber(value: number): string | undefined {
  if (Number.isSafeInteger(value)) return `${value === 0 ? 0 : value},null`;
  // All digits: from 2^53 on the shortest form that JavaScript gives may name another integer.
  if (Number.isInteger(value)) return Math.abs(value) < endOfIntegers ? `${BigInt(value)},null` : undefined;
  return packFraction(value) ?? packDecimal(value);
}

function packFraction(value: number): string | undefined {
  let numerator = value;
  let exponent = 0;
  while (!Number.isInteger(numerator) && exponent < greatestPowerOfTwo) {
    numerator *= 2;
    exponent += 1;
  }
  return Number.isSafeInteger(numerator) ? `${numerator},${2n ** BigInt(exponent)}` : undefined;
}

/** A small number with few digits, such as 0.0001: its fraction of powers of two would take more than 64 bits. */
function packDecimal(value: number): string | undefined {
  const [mantissa = "", power = ""] = value.toExponential().split("e");
  const [whole = "", decimals = ""] = mantissa.split(".");
  const digits = Number(whole + decimals);
  const point = decimals.length - Number(power);
  const isExact = Number.isSafeInteger(digits) && point <= greatestPowerOfTen;
  return isExact ? `${digits},${10n ** BigInt(point)}` : undefined;
}

/** Values of any kind as elements of two places each, as numbers take; undefined when one cannot be carried exactly. */
export function packAny(values: readonly StoreValue[]): string | undefined {
  const elements: string[] = [];
  for (const value of values) {
    const kind = typeof value === "boolean" ? "boolean" : "text";
    const element = typeof value === "number" ? packNumber(value) : packValue(kind, value);
    if (element === undefined) return undefined;
    elements.push(typeof value === "number" ? element : `${element},null`);
  }
  return elements.join(",");
}

/** Rows as one text. The packed values of a row may come in several parts. */
export const packRows = (rows: readonly (readonly string[])[]): string =>
  `[${rows.map((parts) => `[${parts.join(",")}]`).join(",")}]`;

/** The value of one of the columns, beside the rows that {@link rowsOf} gives. */
export function unpackedValue(kinds: readonly ColumnKind[], column: number): RawBuilder<unknown> {
  const place = placesOf(kinds.slice(0, column));
  return kinds[column] === "number" ? divided(place) : element(place);
}

/** The value that `packAny` put at the index, behind the columns. */
export const unpackedAny = (kinds: readonly ColumnKind[], index: number): RawBuilder<unknown> =>
  divided(placesOf(kinds) + 2 * index);

const divided = (place: number): RawBuilder<unknown> => {
  const [value, divisor] = [element(place), element(place + 1)];
  return sql`case when ${divisor} is null then ${value} else ${value} * 1.0 / ${divisor} end`;
};

const placesOf = (kinds: readonly ColumnKind[]): number =>
  kinds.length + kinds.filter((kind) => kind === "number").length;

/**
 * What takes the rows apart. `json_each` writes each row as text and reads that text again for each column, 9.9 µs a row
 * against 6.5; `jsonb_each` came with SQLite 3.51, and apps may build against an older one.
 */
export type RowSource = "jsonb_each" | "json_each";

/** Compiles only where there is the faster one. */
export const rowSourceProbe = "select 1 from jsonb_each('[]')";

/** The rows as a source to select from, one row each. */
export const rowsOf = (source: RowSource, packed: Expression<unknown>): RawBuilder<unknown> =>
  sql`${sql.raw(source)}(${packed}) as "row"`;

const element = (place: number): RawBuilder<unknown> => sql`"row"."value" ->> ${sql.lit(place)}`;

/** The place of a row among the others, from 0. */
export const rowPlace = sql.ref("row.key");
