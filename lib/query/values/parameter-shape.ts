// A placeholder stands for a literal, so null, '' and lists in its place make other SQL than a plain value does.

/** What the SQL must know of a placeholder's value: a compiled query fits all values of the same shapes. */
export type ParameterShape = "value" | "null" | "empty" | "list" | "list+null" | "list+empty" | "list+null+empty";

/** The shape of one value. */
export function shapeOf(value: unknown): ParameterShape {
  if (value === null) return "null";
  if (value === "") return "empty";
  if (!Array.isArray(value)) return "value";
  const [hasNull, hasEmpty] = [value.includes(null), value.includes("")];
  return `list${hasNull ? "+null" : ""}${hasEmpty ? "+empty" : ""}` as ParameterShape;
}

/** The shapes of all values as a text: with the expression it is the key under which a compiled query may be kept. */
export function parameterShapes(parameters: Readonly<Record<string, unknown>>): string {
  const shapes = Object.keys(parameters).map((name) => [name, shapeOf(parameters[name])] as const);
  return JSON.stringify(shapes.sort(([left], [right]) => (left < right ? -1 : 1)));
}
