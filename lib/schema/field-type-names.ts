// The names of the field types, apart from what the types are, so that collections can be described without them.

/** All field types, in the order of the docs. */
export const fieldTypeNames = [
  "text",
  "editor",
  "email",
  "url",
  "number",
  "bool",
  "date",
  "datetime",
  "select",
  "json",
  "relation",
  "password",
] as const;

/** The name of a field type. */
export type FieldTypeName = (typeof fieldTypeNames)[number];
