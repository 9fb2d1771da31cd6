// A body that must be an object with known properties.
import { EngineError, err, ok, type Result } from "../../../lib/index.js";
import type { Refusal } from "../answer/http-refusal.js";
import type { RouteCall } from "./route.js";

/** The body as an object, as its sender meant it; what stands in it is the engine's to check. */
export async function bodyObject(call: Pick<RouteCall, "body">): Promise<Result<object, Refusal>> {
  const read = await call.body();
  if (read.isErr()) return err(read.error);
  const { value } = read;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return ok(value);
  return invalid("body", "Send a JSON object as the body.");
}

/** The body's properties, all texts and none else. `request_invalid` naming the one that is missing or unknown. */
export async function bodyTexts<Name extends string>(
  call: Pick<RouteCall, "body">,
  names: readonly Name[],
): Promise<Result<Readonly<Record<Name, string>>, Refusal>> {
  const read = await bodyObject(call);
  if (read.isErr()) return err(read.error);
  const given = new Map<string, unknown>(Object.entries(read.value));
  const stranger = [...given.keys()].find((name) => !(names as readonly string[]).includes(name));
  if (stranger !== undefined) {
    const shown = stranger.slice(0, 80);
    return invalid(shown, `The body has no property "${shown}"; there are ${names.join(", ")}.`);
  }
  const missing = names.find((name) => typeof given.get(name) !== "string");
  if (missing !== undefined) return invalid(missing, `Give ${missing} as a text.`);
  return ok(Object.fromEntries(given) as Record<Name, string>);
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter }, { message }));
