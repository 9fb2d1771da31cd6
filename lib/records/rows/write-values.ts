// Validated values on their way into a row: passwords hashed, everything encoded as its column keeps it.
import { err, ok, type Outcome } from "../../base/result.js";
import type { Collection } from "../../schema/collection.js";
import { fieldTypes } from "../../schema/field-types/index.js";
import type { RecordValues } from "../../schema/validation/record-validator.js";
import type { StoreValue } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";

/** Columns of a row, ready to be bound. */
export type RowValues = Readonly<Record<string, StoreValue>>;

/** Replaces plain passwords by their hashes. Slow on purpose, so it runs before the write's transaction. `rate_limited`. */
export async function hashPasswords(
  context: RecordContext,
  collection: Collection,
  values: RecordValues,
): Outcome<RecordValues> {
  // Nearly all collections have none: no copy for them.
  if (collection.type !== "auth") return ok(values);
  const hashed = new Map(values);
  for (const [name, value] of values) {
    if (collection.fields.get(name)?.type !== "password" || typeof value !== "string") continue;
    const hash = await context.services.passwords.hash(value);
    if (hash.isErr()) return err(hash.error);
    hashed.set(name, hash.value);
  }
  return ok(hashed);
}

/** Values as their columns keep them. */
export function encodeRow(collection: Collection, values: RecordValues): RowValues {
  const row: Record<string, StoreValue> = {};
  for (const [name, value] of values) {
    const field = collection.fields.get(name);
    if (!field) throw new Error(`a validated value without a field: ${name}`);
    row[name] = value === null ? null : fieldTypes[field.type].encode(value, field);
  }
  return row;
}
