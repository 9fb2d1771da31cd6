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

/** The body's properties, none but those of the names; what stands in them is the engine's to check. */
export async function bodyProperties<Name extends string>(
  call: Pick<RouteCall, "body">,
  names: readonly Name[],
): Promise<Result<{ readonly [Each in Name]?: unknown }, Refusal>> {
  const read = await bodyObject(call);
  if (read.isErr()) return err(read.error);
  const unknown = Object.keys(read.value).find((name) => !(names as readonly string[]).includes(name));
  if (unknown === undefined) return ok(read.value);
  const shown = unknown.slice(0, 80);
  return invalid(shown, `The body has no property "${shown}"; there are ${names.join(", ")}.`);
}

/** The body's properties, all texts and none else. `request_invalid` naming the one that is missing or unknown. */
export async function bodyTexts<Name extends string>(
  call: Pick<RouteCall, "body">,
  names: readonly Name[],
): Promise<Result<Readonly<Record<Name, string>>, Refusal>> {
  const read = await optionalBodyTexts(call, names);
  if (read.isErr()) return err(read.error);
  const missing = names.find((name) => read.value[name] === undefined);
  return missing === undefined ? ok(read.value as Record<Name, string>) : noText(missing);
}

/** The same where each may be left out. */
export async function optionalBodyTexts<Name extends string>(
  call: Pick<RouteCall, "body">,
  names: readonly Name[],
): Promise<Result<{ readonly [Each in Name]?: string }, Refusal>> {
  const read = await bodyProperties(call, names);
  if (read.isErr()) return err(read.error);
  const wrong = Object.entries(read.value).find(([, value]) => typeof value !== "string");
  return wrong ? noText(wrong[0]) : ok(read.value as { readonly [Each in Name]?: string });
}

/** A property that must be a text is none. */
export const noText = (name: string): Result<never, EngineError> => invalid(name, `Give ${name} as a text.`);

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter }, { message }));
