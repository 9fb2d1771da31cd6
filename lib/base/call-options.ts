// The options of a call, untrusted: known names, each property read once. Must never throw, whatever it is given.
import type { EngineError } from "./errors.js";
import { ok, refuse, type Result } from "./result.js";

/** What an option must be; `any` where the one who uses it says more about it. */
export type OptionKind = "any" | "boolean" | "function";

/** Every option of a call, by name. */
export type OptionKinds<Options extends object> = Readonly<Record<keyof Options & string, OptionKind>>;

/**
 * A private copy of the options without those that are undefined. `request_invalid` naming the option: an unknown one,
 * one of another kind, a getter that throws, or no object at all.
 */
export function readCallOptions<Options extends object>(
  options: Options,
  kinds: OptionKinds<Options>,
): Result<Options, EngineError> {
  try {
    // Untyped callers pass anything.
    const given: unknown = options;
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      return invalid("options", "options are an object of names and values.");
    }
    return readEach(options, kinds);
  } catch {
    return invalid("options", "The options cannot be read: a getter or a proxy in them throws.");
  }
}

function readEach<Options extends object>(options: Options, kinds: OptionKinds<Options>): Result<Options, EngineError> {
  const read: Record<string, unknown> = {};
  for (const name of Object.keys(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name as keyof Options & string] : undefined;
    if (kind === undefined) {
      // Names come from outside; a message shows the beginning.
      const shown = name.slice(0, 80);
      return invalid(shown, `There is no option "${shown}" here; the options are ${Object.keys(kinds).join(", ")}.`);
    }
    const value = options[name as keyof Options];
    if (value === undefined) continue;
    if (kind !== "any" && typeof value !== kind) return invalid(name, `${name} is a ${kind}.`);
    read[name] = value;
  }
  return ok(read as Options);
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
