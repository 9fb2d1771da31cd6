// Copies a value while it proves that JSON can say it exactly. Reads every property once, so that nobody can change it after the check.
import type { FieldProblem } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import type { JsonValue } from "../collection.js";
import { isPlainObject } from "../definitions/plain-object.js";
import { isStorableText, textInvalid } from "./text-value.js";

// SQLite reads 1,000 levels, V8 writes some thousands; nobody means more than this.
const maxDepth = 100;

interface CopyOptions {
  /** Reads a property that is undefined as one that is not there. Default false: it is refused. */
  readonly dropUndefined?: boolean;
}

interface Place {
  readonly depth: number;
  readonly dropUndefined: boolean;
}

const inner = (at: Place): Place => ({ ...at, depth: at.depth + 1 });

class JsonRefusal extends Error {
  readonly problem: FieldProblem;

  constructor(problem: FieldProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/**
 * A private copy of a JSON value. Refuses, with the path, what JSON cannot say: undefined, functions,
 * symbols, bigints, NaN and infinities, class instances (a Date too), cycles, more than 100 levels,
 * keys named `__proto__`, ill-formed text. Codes: `json`, `text_invalid`.
 */
export function copyJson(value: unknown, options: CopyOptions = {}): Result<JsonValue, FieldProblem> {
  try {
    return ok(copy(value, "", { depth: 0, dropUndefined: options.dropUndefined ?? false }));
  } catch (thrown) {
    if (thrown instanceof JsonRefusal) return err(thrown.problem);
    return err({ code: "json", message: "The value cannot be read: a getter or a proxy in it throws." });
  }
}

function copy(value: unknown, path: string, at: Place): JsonValue {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (typeof value === "string") return copyText(value, path);
  // A cycle is deeper than any limit, so the depth finds it.
  if (at.depth >= maxDepth)
    throw refusal(path.slice(0, 80), `is nested deeper than ${maxDepth} levels, or holds itself`);
  if (Array.isArray(value)) return Array.from(value, (element, index) => copy(element, `${path}[${index}]`, inner(at)));
  if (isPlainObject(value)) return copyObject(value, path, at);
  throw refusal(path, `is ${nameOf(value)}, which JSON cannot say`);
}

function copyObject(value: object, path: string, at: Place): JsonValue {
  const copied: Record<string, JsonValue> = {};
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === "symbol") throw refusal(path, "has a symbol for a key, which JSON cannot say");
    // Assigning to it would change the prototype of whatever the value is merged into later.
    if (key === "__proto__") throw refusal(path, "has a key named __proto__, which is not accepted");
    copyText(key, path);
    const element = (value as Record<string, unknown>)[key];
    if (element === undefined && at.dropUndefined) continue;
    copied[key] = copy(element, path === "" ? key : `${path}.${key}`, inner(at));
  }
  return copied;
}

function copyText(text: string, path: string): string {
  if (isStorableText(text)) return text;
  throw new JsonRefusal({ code: textInvalid.code, message: `${called(path)}: ${textInvalid.message}` });
}

const called = (path: string): string => (path === "" ? "The value" : `The value at ${path}`);

const refusal = (path: string, reason: string): JsonRefusal =>
  new JsonRefusal({ code: "json", message: `${called(path)} ${reason}.` });

function nameOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "object") return typeof value;
  return value instanceof Date ? "a Date (send its toISOString())" : "an instance of a class";
}
