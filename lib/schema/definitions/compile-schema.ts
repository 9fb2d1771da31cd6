// Compiles JSON Schemas for this floor. The compiled function belongs to the caller; nothing is remembered here.
import { createAjv, type SchemaObject, type ValidateFunction } from "../../base/json-schema.js";

let ajv: ReturnType<typeof createAjv> | undefined;

/** Compiles one schema. About a millisecond: keep the result. */
export function compileSchema(schema: SchemaObject): ValidateFunction {
  ajv ??= createAjv();
  const validate = ajv.compile(schema);
  // Ajv keeps every schema object that it has seen, and with it the compiled code, for ever.
  ajv.removeSchema(schema);
  return validate;
}
