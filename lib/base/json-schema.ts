// The one Ajv, and the one door to it.
import { Ajv, type ErrorObject, type SchemaObject, type ValidateFunction } from "ajv";
import formatsPlugin from "ajv-formats";

export type { ErrorObject, SchemaObject, ValidateFunction };

// ajv-formats is CommonJS with `module.exports = plugin; exports.default = plugin`.
const addFormats = formatsPlugin.default;

/**
 * A fresh Ajv that reports every problem, changes nothing (no coercion, no defaults) and keeps no
 * schema: validators are cached by their owners, per collection and schema version.
 */
export function createAjv(): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    addUsedSchema: false,
    ownProperties: true,
  });
  addFormats(ajv, ["email", "date", "date-time"]);
  return ajv;
}
