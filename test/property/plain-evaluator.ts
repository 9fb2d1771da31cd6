// The expression language once more, the plain way: over records in memory, value by value. It shares no code with the
// engine, so that a difference shows an error in one of the two.

export type Truth = true | false | null;
export type Kind = "text" | "number" | "boolean" | "date" | "datetime" | "dynamic";
export type Scalar = string | number | boolean | null;

/** What an operand is for one record. `raw` values may be composites; they are unknown as scalars, but there. */
export type Found =
  { readonly form: "one"; readonly raw: unknown } | { readonly form: "many"; readonly raws: readonly unknown[] };

export type Order = "=" | "!=" | ">" | ">=" | "<" | "<=";

export const not = (truth: Truth): Truth => (truth === null ? null : !truth);

export const and = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(null) ? null : true;

export const or = (truths: readonly Truth[]): Truth =>
  truths.includes(true) ? true : truths.includes(null) ? null : false;

/** Some, or every one and at least one. */
export const over = (isAny: boolean, truths: readonly Truth[]): Truth =>
  isAny ? or(truths) : truths.length === 0 ? false : and(truths);

export const scalarOf = (raw: unknown): Scalar =>
  raw === undefined || (typeof raw === "object" && raw !== null) ? null : (raw as Scalar);

/** Compares as the kind says; texts by code point, truth values as 0 and 1. */
export function compare(operator: Order, left: Scalar, right: Scalar): Truth {
  if (left === null || right === null) return null;
  const [a, b] = [left, right].map((value) => (typeof value === "boolean" ? Number(value) : value)) as [
    string | number,
    string | number,
  ];
  if (typeof a !== typeof b) return operator === "!=";
  const order = typeof a === "number" ? a - (b as number) : Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
  }
}

export const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** A pattern as its parts: a character, or a wildcard. */
type Pattern = readonly (string | { readonly wild: "any" | "one" })[];

export function patternOfContains(text: string): Pattern {
  const parts: (string | { wild: "any" | "one" })[] = [];
  const characters = Array.from(text);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] as string;
    if (character === "\\" && characters[index + 1] === "%") {
      parts.push("%");
      index += 1;
    } else parts.push(character === "%" ? { wild: "any" } : character);
  }
  const isPattern = parts.some((part) => typeof part !== "string");
  return isPattern ? parts : [{ wild: "any" }, ...parts, { wild: "any" }];
}

export function patternOfLike(text: string): Pattern {
  const parts: (string | { wild: "any" | "one" })[] = [];
  const characters = Array.from(text);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] as string;
    if (character === "\\") parts.push(characters[(index += 1)] as string);
    else parts.push(character === "%" ? { wild: "any" } : character === "_" ? { wild: "one" } : character);
  }
  return parts;
}

/** Whether a text matches: by the set of places that the pattern may have reached. */
function matches(text: string, pattern: Pattern): boolean {
  const closed = (places: Set<number>): Set<number> => {
    for (const place of places) {
      const part = pattern[place];
      if (typeof part === "object" && part.wild === "any") places.add(place + 1);
    }
    return places;
  };
  let places = closed(new Set([0]));
  for (const character of text) {
    const next = new Set<number>();
    for (const place of places) {
      const part = pattern[place];
      if (part === undefined) continue;
      if (typeof part === "string") {
        if (lower(part) === lower(character)) next.add(place + 1);
      } else next.add(part.wild === "any" ? place : place + 1);
    }
    places = closed(next);
  }
  return places.has(pattern.length);
}

export const like = (value: Scalar, pattern: Pattern): Truth =>
  value === null ? null : typeof value === "string" && matches(value, pattern);

export function contains(value: Scalar, part: Scalar): Truth {
  if (value === null || part === null) return null;
  return typeof value === "string" && typeof part === "string" && lower(value).includes(lower(part));
}

/** Whether something counts as absent. */
export const isAbsent = (raw: unknown, emptyToo: boolean): boolean =>
  raw === null || raw === undefined || (emptyToo && raw === "");
