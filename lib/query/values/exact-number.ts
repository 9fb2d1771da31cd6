// A list of values is bound as one JSON text. SQLite's reader of JSON errs in the last bit of 1 in 1,600 doubles, so a
// number goes as a fraction of whole numbers: they are read exactly, and IEEE division is correctly rounded.
import { sql, type Expression, type RawBuilder } from "kysely";
import type { StoreDialect } from "../../storage/store-dialect.js";

/** `numerator / first / second`. */
export type NumberFraction = readonly [numerator: number, first: number, second: number];

// The greatest power of two that is still a 64-bit integer for certain.
const maxPowerOfTwo = 62;

/** The fraction that gives the number. Below 1e-20 and from 2^63 on it is the decimal number itself over 1. */
export function numberFraction(value: number): NumberFraction {
  if (Number.isInteger(value)) return [value, 1, 1];
  let numerator = value;
  let exponent = 0;
  while (!Number.isInteger(numerator) && exponent < 2 * maxPowerOfTwo) {
    numerator *= 2;
    exponent += 1;
  }
  if (!Number.isSafeInteger(numerator)) return [value, 1, 1];
  const first = Math.min(exponent, maxPowerOfTwo);
  return [numerator, 2 ** first, 2 ** (exponent - first)];
}

/** The number again, as a double. */
export function fractionValue(dialect: StoreDialect, fraction: Expression<unknown>): RawBuilder<number> {
  const [numerator, first, second] = [0, 1, 2].map((index) => dialect.jsonScalar(fraction, [index]));
  return sql<number>`(${numerator} * 1.0 / ${first} / ${second})`;
}
