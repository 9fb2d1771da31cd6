// Ajv's errors as problems that people understand: what is wrong, and what would be right.
import type { FieldProblem } from "../../base/errors.js";
import type { ErrorObject } from "../../base/json-schema.js";
import { nearestName } from "./nearest-name.js";

/** Where a problem is, as keys joined with dots, and what it is. */
export interface PlacedProblem {
  readonly path: string;
  readonly problem: FieldProblem;
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a finite number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  null: "null",
};

// A message is read by a person; beyond this many choices nobody does.
const maxListed = 20;

const listed = (values: readonly unknown[]): string =>
  values
    .slice(0, maxListed)
    .map((value) => `'${String(value)}'`)
    .join(", ") + (values.length > maxListed ? ` and ${values.length - maxListed} more` : "");

/** Turns one of Ajv's errors into a placed problem. `known` are the names to suggest for an unknown key. */
export function placeProblem(error: ErrorObject, known: readonly string[] = []): PlacedProblem {
  const parent = error.instancePath.split("/").slice(1);
  const params = error.params as Readonly<Record<string, unknown>>;
  const below = (key: unknown): string => [...parent, String(key)].join(".");
  const here = parent.join(".");
  const limit = String(params["limit"]);
  const placed = (code: string, message: string, path = here): PlacedProblem => ({ path, problem: { code, message } });

  switch (error.keyword) {
    case "required":
      return placed("required", "This is required.", below(params["missingProperty"]));
    case "additionalProperties": {
      const key = String(params["additionalProperty"]);
      return placed("unknown_key", `There is no setting of this name.${suggestion(key, known)}`, below(key));
    }
    case "type": {
      const types = [params["type"]].flat().map((type) => typeNames[String(type)] ?? String(type));
      return placed("type", `This must be ${types.join(" or ")}.`);
    }
    case "enum":
      return placed("options", `This must be one of ${listed(params["allowedValues"] as readonly unknown[])}.`);
    case "minLength":
      return placed("min", `This must have at least ${limit} characters.`);
    case "maxLength":
      return placed("max", `This must have at most ${limit} characters.`);
    case "minimum":
      return placed("min", `This must be at least ${limit}.`);
    case "maximum":
      return placed("max", `This must be at most ${limit}.`);
    case "minItems":
      return placed("min", `This must have at least ${limit} entries.`);
    case "maxItems":
      return placed("max", `This must have at most ${limit} entries.`);
    case "uniqueItems":
      return placed("duplicate", "Each entry may stand in this list only once.");
    case "pattern":
      return placed("pattern", `This must match the pattern ${String(params["pattern"])}`);
    default:
      return placed(error.keyword, `This ${error.message ?? "is not valid"}.`);
  }
}

/** ` Did you mean 'x'?`, or nothing when no known name is close. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? "" : ` Did you mean '${nearest}'?`;
}
