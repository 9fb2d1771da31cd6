// Gathers everything that is wrong with a definition, so that one refusal names it all.
import type { EngineError, FieldProblem } from "../../base/errors.js";
import type { ValidateFunction } from "../../base/json-schema.js";
import { refuse, type Result } from "../../base/result.js";
import { placeProblem } from "./schema-problems.js";

/** Problems by path. The first one at a path stays. */
export class DefinitionProblems {
  readonly #found = new Map<string, FieldProblem>();

  /** Whether anything was found. */
  get any(): boolean {
    return this.#found.size > 0;
  }

  /** Notes a problem at a path such as `fields.2.type`; the empty path is the `definition` itself. */
  add(path: string, problem: FieldProblem): void {
    const key = path === "" ? "definition" : path;
    if (!this.#found.has(key)) this.#found.set(key, problem);
  }

  /** Runs a compiled schema and notes what it finds below `prefix`. Gives whether the value is valid. */
  check(validate: ValidateFunction, value: unknown, prefix = "", known: readonly string[] = []): boolean {
    if (validate(value)) return true;
    for (const error of validate.errors ?? []) {
      const { path, problem } = placeProblem(error, known);
      this.add([prefix, path].filter((part) => part !== "").join("."), problem);
    }
    return false;
  }

  /** The refusal: `validation_failed` with all problems, the first one in its message. */
  refuse(): Result<never, EngineError> {
    const [first] = this.#found;
    const message =
      first === undefined ? {} : { message: `The definition is not valid. ${first[0]}: ${first[1].message}` };
    return refuse("validation_failed", { fields: Object.fromEntries(this.#found) }, message);
  }
}
