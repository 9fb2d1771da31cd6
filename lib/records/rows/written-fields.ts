// What a caller who is bound by rules may set, checked before anything is told of the collection's fields; and what his
// rules see of it.
import { EngineError, type FieldProblem } from "../../base/errors.js";
import { shownValue } from "../../base/shown.js";
import { err, ok, type Result } from "../../base/result.js";
import type { Collection } from "../../schema/collection.js";
import { maxReported, type RecordValues } from "../../schema/validation/record-validator.js";
import type { RecordContext } from "../record-context.js";

/** Stands beside a password in forms; the validator compares the two. */
const confirmation = "passwordConfirm";

/**
 * `validation_failed` with `unknown_field` for fields that have no name for the caller, in the same words as for those
 * that do not exist, and with `readonly` for those that he may only read.
 */
export function checkWrittenFields(
  { policy }: RecordContext,
  collection: Collection,
  operation: "create" | "update",
  data: unknown,
): Result<void, EngineError> {
  if (policy.bypassesRules || typeof data !== "object" || data === null) return ok(undefined);
  const problems = new Map<string, FieldProblem>();
  for (const name of namesIn(data)) {
    if (problems.size >= maxReported) break;
    const field = collection.fields.get(name);
    const isPassword = field?.type === "password";
    const hasName = field !== undefined && (policy.mayRead(collection, field) || isPassword);
    if (name === confirmation && collection.type === "auth") continue;
    if (!hasName) problems.set(shownValue(name), unknownField(collection, name));
    else if (!policy.mayWrite(collection, field)) problems.set(name, readonly);
    else if (isPassword && operation === "update") problems.set(name, changedElsewhere);
  }
  const [first] = problems;
  if (first === undefined) return ok(undefined);
  const [name, problem] = first;
  const message = `${shownValue(name)}: ${problem.message}`;
  // A Map until here: a body may name "__proto__".
  return err(new EngineError("validation_failed", { fields: Object.fromEntries(problems) }, { message }));
}

/**
 * All names that the validator will read, not only those that can be enumerated. What throws when it is looked at is
 * refused by the validator with its reason.
 */
function namesIn(data: object): readonly string[] {
  try {
    return Reflect.ownKeys(data).map(String);
  } catch {
    return [];
  }
}

const unknownField = (collection: Collection, name: string): FieldProblem => ({
  code: "unknown_field",
  message: `The collection '${collection.name}' has no field '${shownValue(name)}'.`,
});
const readonly: FieldProblem = { code: "readonly", message: "This field is not yours to set." };
const changedElsewhere: FieldProblem = {
  code: "readonly",
  message: "A password is changed with auth.changePassword, which asks for the old one.",
};

/** `@request.data`: the fields that were sent, in their canonical form. */
export function sentValues(data: unknown, values: RecordValues): Readonly<Record<string, unknown>> {
  // The names are those of fields, none of which can be "__proto__".
  const sent: Record<string, unknown> = {};
  for (const [name, value] of values) {
    if (isSent(data as Readonly<Record<string, unknown>>, name)) sent[name] = value;
  }
  return sent;
}

/** A field that is there but undefined counts as left out, as in JSON. */
const isSent = (data: Readonly<Record<string, unknown>>, name: string): boolean =>
  Object.hasOwn(data, name) && data[name] !== undefined;

/** A refusal of the store in words that name no field which the caller may not read. */
export function maskRefusal({ policy }: RecordContext, collection: Collection, error: EngineError): EngineError {
  if (policy.bypassesRules) return error;
  if (error.is("validation_failed")) return maskValidation(policy, collection, error);
  if (!error.is("unique_violation")) return error;
  const fields = error.details.fields.filter((name) => mayName(policy, collection, name));
  return new EngineError("unique_violation", { ...error.details, fields });
}

function maskValidation(
  policy: RecordContext["policy"],
  collection: Collection,
  error: EngineError<"validation_failed">,
): EngineError {
  const all = Object.entries(error.details.fields);
  const shown = all.filter(([name]) => mayName(policy, collection, name));
  if (shown.length === all.length) return error;
  // A required hidden field without a default: nobody who is bound by rules can write here.
  if (shown.length === 0) return new EngineError("forbidden", {});
  return new EngineError("validation_failed", { ...error.details, fields: Object.fromEntries(shown) });
}

function mayName(policy: RecordContext["policy"], collection: Collection, name: string): boolean {
  const field = collection.fields.get(name);
  return field === undefined || field.type === "password" || policy.mayRead(collection, field);
}
