// All field types by name. A new type is one file and one line here.
import type { FieldType, FieldTypeName } from "../field-type.js";
import { boolField } from "./bool-field.js";
import { dateField } from "./date-field.js";
import { datetimeField } from "./datetime-field.js";
import { editorField } from "./editor-field.js";
import { emailField } from "./email-field.js";
import { jsonField } from "./json-field.js";
import { numberField } from "./number-field.js";
import { passwordField } from "./password-field.js";
import { relationField } from "./relation-field.js";
import { selectField } from "./select-field.js";
import { textField } from "./text-field.js";
import { urlField } from "./url-field.js";

/** The definition object of every field type. */
export const fieldTypes: Readonly<Record<FieldTypeName, FieldType>> = {
  text: textField,
  editor: editorField,
  email: emailField,
  url: urlField,
  number: numberField,
  bool: boolField,
  date: dateField,
  datetime: datetimeField,
  select: selectField,
  json: jsonField,
  relation: relationField,
  password: passwordField,
};
