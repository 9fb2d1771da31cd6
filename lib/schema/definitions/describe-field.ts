// A field as people read it: the common settings, its options beside them. Can be sent back as a definition.
import type { Field, FieldDefinition } from "../collection.js";

/** A field as `collections.get` gives it. */
export interface DescribedField extends FieldDefinition {
  /** Made by the engine. */
  readonly system: boolean;
}

/** The plain form of a field. */
export const describeField = (field: Field): DescribedField => ({
  name: field.name,
  type: field.type,
  required: field.required,
  unique: field.unique,
  hidden: field.hidden,
  default: field.default,
  ...field.options,
  system: field.isSystem,
});
