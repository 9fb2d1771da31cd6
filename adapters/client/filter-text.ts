// A filter whose values stand apart, as one text: each value is written as the server's grammar reads it. Must never let a
// value become anything but the one literal that it is, whatever it holds and wherever its placeholder stands.
import { refusal } from "./client-error.js";

/** What a placeholder stands for. A Date is a moment; a day is written as a text, `"2024-02-29"`. */
export type FilterValue = string | number | boolean | Date | null;

/** A filter: a text, or a text and the values of its placeholders. A list of values stands right after `IN`. */
export type FilterInput =
  string | readonly [text: string, values: Readonly<Record<string, FilterValue | readonly FilterValue[]>>];

// What the server's grammar reads as one piece. Quoted texts and comments hold no placeholders; a text that is never closed
// reaches to the end, so that no value lands outside of quotes that were meant around it.
const piece =
  /(?<blank>\s+|\/\/[^\n]*)|'(?:[^'\\]|''|\\[^])*'|"(?:[^"\\]|""|\\[^])*"|['"][^]*$|\{:(?<name>[A-Za-z_][A-Za-z0-9_]*)\}|[@A-Za-z0-9_.:]+|[^]/g;

/**
 * The filter as one text. Throws `filter_invalid` for a placeholder without a value, and for a value that no filter can
 * hold.
 */
export function filterText(filter: FilterInput): string {
  if (typeof filter === "string") return filter;
  // Untyped callers pass anything.
  const given: unknown = filter;
  const [text, values]: readonly unknown[] = Array.isArray(given) && given.length === 2 ? (given as unknown[]) : [];
  if (typeof text !== "string" || typeof values !== "object" || values === null || Array.isArray(values)) {
    const message =
      'A filter is a text, or a pair of a text and the values of its placeholders: ["title ~ {:word}", { word: "x" }].';
    throw refusal("filter_invalid", message);
  }
  return bind(text, values as Readonly<Record<string, unknown>>);
}

function bind(text: string, values: Readonly<Record<string, unknown>>): string {
  let bound = "";
  let before = "";
  for (const { 0: found, groups } of text.matchAll(piece)) {
    const name = groups?.["name"];
    // Spaces, so that a value never grows together with what stands beside it: "-{:n}" is not "-5", two texts are not one.
    bound += name === undefined ? found : ` ${literalOf(name, values, before.toLowerCase() === "in")} `;
    if (groups?.["blank"] === undefined) before = found;
  }
  return bound;
}

function literalOf(name: string, values: Readonly<Record<string, unknown>>, isMembership: boolean): string {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) throw refusal("filter_invalid", `The filter's placeholder {:${name}} has no value.`);
  if (!isMembership) return literal(name, value);
  const members: readonly unknown[] = Array.isArray(value) ? value : [value];
  return `(${members.map((member) => literal(name, member)).join(", ")})`;
}

function literal(name: string, value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean" || value === null) return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return digits(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return quoted(value.toISOString());
  throw refusal("filter_invalid", `The filter's value {:${name}} ${problemOf(value)}.`);
}

/** Backslashes first: one of the text's own must not escape the quote that follows. */
const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** Whole numbers with all their digits: the server refuses a number that is not exactly one it can hold. From 1e21 on they have an exponent. */
const digits = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e21 ? BigInt(value).toString() : String(value);

function problemOf(value: unknown): string {
  if (typeof value === "number") return `is ${value}, which is no finite number`;
  if (value instanceof Date) return "is an invalid Date";
  if (Array.isArray(value)) return `is a list; a list stands right after IN: "id IN {:ids}"`;
  return `is of type ${typeof value}; a value is a text, a number, a boolean, a Date or null`;
}
