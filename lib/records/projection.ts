// A record as the JSON text that the store builds of it: half the cost of row objects (measured), and exact.
import { sql, type RawBuilder } from "kysely";
import type { Collection, Field } from "../schema/collection.js";
import { fieldTypes } from "../schema/field-types/index.js";
import type { StoreDialect } from "../storage/store-dialect.js";

/** Passwords are written and never read, by nobody. */
export const isReadable = (field: Field): boolean => field.type !== "password";

/** The JSON object of one row, with all readable fields or only the picked ones. */
export function projectRecord(
  dialect: StoreDialect,
  collection: Collection,
  picked?: ReadonlySet<string>,
): RawBuilder<string> {
  const fields = [...collection.fields.values()].filter(
    (field) => isReadable(field) && (!picked || picked.has(field.name)),
  );
  return dialect.jsonObject(
    fields.map((field) => {
      const type = fieldTypes[field.type];
      const column = sql.ref(`${collection.name}.${field.name}`);
      return [field.name, dialect.jsonValue(type.columnKind(field), column, type.isMultiple(field) ? "[]" : "null")];
    }),
  );
}
