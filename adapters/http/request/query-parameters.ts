// The query string, as the route declares it. An unknown or repeated parameter is refused: `fitler=…` would otherwise
// list everything.
import { EngineError, err, ok, type Result } from "../../../lib/index.js";

/** How a parameter is read: as it is, as a whole number, or as yes or no. */
export type ParameterKind = "text" | "count" | "flag";

export interface ParameterDefinition {
  readonly kind: ParameterKind;
  /** For the API's description. */
  readonly description: string;
}

/** All parameters of a route by name. */
export type QueryShape = Readonly<Record<string, ParameterDefinition>>;

interface ValueOfKind {
  readonly text: string;
  readonly count: number;
  readonly flag: boolean;
}

/** What a query of this shape is read to. */
export type QueryValues<Shape extends QueryShape> = {
  readonly [Name in keyof Shape]?: ValueOfKind[Shape[Name]["kind"]];
};

/** `request_invalid` naming the parameter. */
export function readQuery<Shape extends QueryShape>(
  text: string,
  shape: Shape,
): Result<QueryValues<Shape>, EngineError> {
  const values: Record<string, string | number | boolean> = {};
  if (text === "") return ok(values as QueryValues<Shape>);
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    const raw = decode(equals < 0 ? "" : part.slice(equals + 1));
    if (name === undefined || raw === undefined) return refused("query", "The query is not percent-encoded UTF-8.");
    const definition = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (!definition) return refused(name, unknownMessage(name, Object.keys(shape)));
    if (Object.hasOwn(values, name)) return refused(name, `${name} is in the query more than once.`);
    const value = readers[definition.kind](raw);
    if (value === undefined) return refused(name, `${name} is ${kindNames[definition.kind]}.`);
    values[name] = value;
  }
  return ok(values as QueryValues<Shape>);
}

const kindNames: Readonly<Record<ParameterKind, string>> = {
  text: "a text",
  count: "a whole number",
  flag: "true or false",
};

const readers: Readonly<Record<ParameterKind, (raw: string) => string | number | boolean | undefined>> = {
  text: (raw) => raw,
  // 15 digits are exact in a double.
  count: (raw) => (/^\d{1,15}$/.test(raw) ? Number(raw) : undefined),
  flag: (raw) => (["true", "1"].includes(raw) ? true : ["false", "0", ""].includes(raw) ? false : undefined),
};

/** As forms encode it: `+` is a space. */
function decode(text: string): string | undefined {
  if (!text.includes("%")) return text.includes("+") ? text.replaceAll("+", " ") : text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

const unknownMessage = (name: string, known: readonly string[]): string =>
  `There is no parameter "${shown(name)}" here; ${known.length === 0 ? "this call takes none" : `there are ${known.join(", ")}`}.`;

// Names come from outside; a message shows the beginning.
const shown = (name: string): string => name.slice(0, 80);

const refused = (name: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter: shown(name) }, { message }));
