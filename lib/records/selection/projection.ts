// A record as the JSON text that the store builds of it: half the cost of row objects (measured), and exact.
import { sql, type RawBuilder } from "kysely";
import type { Collection } from "../../schema/collection.js";
import { fieldTypes } from "../../schema/field-types/index.js";
import type { RecordContext } from "../record-context.js";

/** The JSON object of one row, with all fields that the caller may read or only the picked ones of them. */
export function projectRecord(
  { services: { dialect }, policy }: Pick<RecordContext, "services" | "policy">,
  collection: Collection,
  picked?: ReadonlySet<string>,
): RawBuilder<string> {
  const fields = [...collection.fields.values()].filter(
    (field) => policy.mayRead(collection, field) && (!picked || picked.has(field.name)),
  );
  return dialect.jsonObject(
    fields.map((field) => {
      const type = fieldTypes[field.type];
      const column = sql.ref(`${collection.name}.${field.name}`);
      return [field.name, dialect.jsonValue(type.columnKind(field), column, type.isMultiple(field) ? "[]" : "null")];
    }),
  );
}
