// The fields that the engine adds to every collection. They stand in no log: they follow from type and softDelete.
import type { Field } from "./collection.js";
import type { FieldTypeName } from "./field-type-names.js";

const systemField = (name: string, type: FieldTypeName, settings: Partial<Field> = {}): Field => ({
  name,
  type,
  required: true,
  unique: false,
  hidden: false,
  default: null,
  options: {},
  isSystem: true,
  isDeleted: false,
  ...settings,
});

const id = systemField("id", "text", { unique: true });
const created = systemField("created", "datetime");
const updated = systemField("updated", "datetime");
const deleted = systemField("deleted", "datetime", { required: false });

/** auth's own: they may be written, unlike the others. */
const authFields: readonly Field[] = [
  systemField("email", "email", { unique: true }),
  systemField("password", "password", { hidden: true }),
  systemField("verified", "bool", { required: false, default: false }),
];

/** The system fields of a collection, in their order. */
export function systemFields(type: "base" | "auth", softDelete: boolean): readonly Field[] {
  return [id, created, updated, ...(softDelete ? [deleted] : []), ...(type === "auth" ? authFields : [])];
}

const engineSet: ReadonlySet<string> = new Set(["id", "created", "updated", "deleted"]);

/** Whether only the engine sets the field: no write may name it. */
export const isEngineSet = (field: Pick<Field, "name" | "isSystem">): boolean =>
  field.isSystem && engineSet.has(field.name);
