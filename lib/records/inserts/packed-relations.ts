// Whether the records that packed rows name are there, asked inside the insert itself. Who may see them is not asked here.
import { sql, type RawBuilder } from "kysely";
import type { Collection, Field } from "../../schema/collection.js";
import { fieldTypes } from "../../schema/field-types/index.js";
import { relationTarget } from "../../schema/relation-target.js";
import type { RecordContext } from "../record-context.js";
import { packedShape } from "./packed-row.js";
import { liveRows } from "../rows/row-predicates.js";

/** Holds for a packed row all of whose relations name live records; to be asked beside the dialect's `unpackRows`. */
export function relationsHold(context: RecordContext, collection: Collection): RawBuilder<boolean> {
  const { names, kinds } = packedShape(collection);
  const held: RawBuilder<boolean>[] = [];
  for (const field of collection.fields.values()) {
    if (field.type !== "relation") continue;
    held.push(fieldHolds(context, field, context.services.dialect.unpackedValue(kinds, names.indexOf(field.name))));
  }
  return held.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(held, sql` and `)}`;
}

function fieldHolds(
  { catalog, scope, services: { dialect } }: RecordContext,
  field: Field,
  value: RawBuilder<unknown>,
): RawBuilder<boolean> {
  const target = catalog.live(relationTarget(field), scope);
  const exists = (id: RawBuilder<unknown>): RawBuilder<boolean> =>
    target === undefined
      ? sql<boolean>`false`
      : sql<boolean>`exists (select 1 from ${sql.table(target.name)} where ${sql.ref(`${target.name}.id`)} = ${id} and ${liveRows(target)})`;
  if (!fieldTypes[field.type].isMultiple(field)) return sql<boolean>`(${value} is null or ${exists(value)})`;
  const named = sql.id("named id");
  return sql<boolean>`not exists (select 1 from ${dialect.elementsOf(value)} as ${named} where not ${exists(sql`${named}."value"`)})`;
}
