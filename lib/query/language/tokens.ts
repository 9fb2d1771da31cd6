// Text → tokens, each with its place. Must never backtrack: the work is linear in the text.
import { isStorableText } from "../../schema/field-types/text-value.js";
import { modifierNames, type Modifier, type ModifierName, type PathSegment, type Span } from "./expression.js";
import { ExpressionRefusal, shown } from "./expression-refusal.js";

/** One token. `path` holds names with dots and modifiers; an `@` before it makes it `at`. */
export type Token = Span &
  (
    | { readonly kind: "symbol"; readonly symbol: string }
    | { readonly kind: "text"; readonly value: string }
    | { readonly kind: "number"; readonly value: number }
    | { readonly kind: "placeholder"; readonly name: string }
    | {
        readonly kind: "path" | "at";
        readonly path: readonly [PathSegment, ...PathSegment[]];
        readonly modifiers: readonly Modifier[];
      }
    | { readonly kind: "end" }
  );

const space = /(?:\s+|\/\/[^\n]*)+/y;
const symbol = /\?!=|\?!~|\?>=|\?<=|\?=|\?>|\?<|\?~|!=|!~|<>|>=|<=|&&|\|\||[=<>~!(),]/y;
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[A-Za-z_][A-Za-z0-9_]*/y;
// A later name may start with a digit: it may be a key or an index of json.
const laterWord = /\.([A-Za-z0-9_]*)/y;
const modifier = /:([A-Za-z]*)/y;
const placeholder = /\{:([A-Za-z_][A-Za-z0-9_]*)\}/y;
const quoted = { "'": /'(?:[^'\\]|''|\\[^])*'/y, '"': /"(?:[^"\\]|""|\\[^])*"/y };

/** All tokens of a text; the last one is `end`. */
export function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; ;) {
    at = skip(text, at);
    const token = readToken(text, at);
    tokens.push(token);
    if (token.kind === "end") return tokens;
    at = token.end;
  }
}

function readToken(text: string, position: number): Token {
  const first = text[position];
  if (first === undefined) return { kind: "end", position, end: position };
  const found = match(symbol, text, position);
  if (found !== null) return { kind: "symbol", symbol: found[0], position, end: position + found[0].length };
  if (first === "'" || first === '"') return readText(text, position, first);
  if (first === "-" || (first >= "0" && first <= "9")) return readNumber(text, position);
  if (first === "{") return readPlaceholder(text, position);
  return readPath(text, position, first === "@" ? "at" : "path");
}

function readText(text: string, position: number, quote: "'" | '"'): Token {
  const found = match(quoted[quote], text, position);
  if (found === null) throw new ExpressionRefusal(position, `the text that starts here has no closing ${quote}`);
  const inner = found[0].slice(1, -1);
  if (!isStorableText(inner)) {
    throw new ExpressionRefusal(position, "the text holds a lone surrogate or U+0000, which no record can hold");
  }
  // Other backslashes stay: `\%` means something to patterns.
  const escapes = quote === "'" ? /''|\\(['"\\])/g : /""|\\(['"\\])/g;
  const value = inner.replace(escapes, (_, escaped: string | undefined) => escaped ?? quote);
  return { kind: "text", value, position, end: position + found[0].length };
}

function readNumber(text: string, position: number): Token {
  const written = match(number, text, position)?.[0];
  if (written === undefined) throw new ExpressionRefusal(position, "'-' stands only before a number");
  const end = position + written.length;
  if (/[A-Za-z0-9_.]/.test(text[end] ?? "")) throw new ExpressionRefusal(end, "this does not belong to a number");
  const value = Number(written);
  if (!Number.isFinite(value)) throw new ExpressionRefusal(position, "the number is too large");
  if (/^-?\d+$/.test(written) && !Number.isSafeInteger(value) && BigInt(written) !== BigInt(value)) {
    throw new ExpressionRefusal(position, "the number has more digits than a double can hold");
  }
  return { kind: "number", value: value === 0 ? 0 : value, position, end };
}

function readPlaceholder(text: string, position: number): Token {
  const found = match(placeholder, text, position);
  if (found === null) throw new ExpressionRefusal(position, "a placeholder is written {:name}");
  return { kind: "placeholder", name: found[1] as string, position, end: position + found[0].length };
}

function readPath(text: string, position: number, kind: "path" | "at"): Token {
  const start = kind === "at" ? position + 1 : position;
  const first = match(word, text, start)?.[0];
  if (first === undefined) {
    const character = String.fromCodePoint(text.codePointAt(position) as number);
    throw new ExpressionRefusal(position, `'${shown(character)}' has no meaning here`);
  }
  const path: [PathSegment, ...PathSegment[]] = [{ name: first, position: start, end: start + first.length }];
  let end = start + first.length;
  for (let next = match(laterWord, text, end); next !== null; next = match(laterWord, text, end)) {
    const name = next[1] as string;
    if (name === "") throw new ExpressionRefusal(end, "a name must follow the dot");
    path.push({ name, position: end + 1, end: end + next[0].length });
    end += next[0].length;
  }
  const modifiers = readModifiers(text, end);
  return { kind, path, modifiers, position, end: modifiers.at(-1)?.end ?? end };
}

function readModifiers(text: string, from: number): readonly Modifier[] {
  const modifiers: Modifier[] = [];
  let position = from;
  for (let next = match(modifier, text, position); next !== null; next = match(modifier, text, position)) {
    const name = next[1] as ModifierName;
    if (!modifierNames.includes(name)) {
      const known = modifierNames.map((each) => `:${each}`).join(", ");
      throw new ExpressionRefusal(position, `':${shown(name)}' is no modifier; there are ${known}`);
    }
    if (modifiers.some((before) => before.name === name)) {
      throw new ExpressionRefusal(position, `':${name}' is there twice`);
    }
    const end = position + next[0].length;
    modifiers.push({ name, position, end });
    position = end;
  }
  return modifiers;
}

const skip = (text: string, position: number): number => position + (match(space, text, position)?.[0].length ?? 0);

function match(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}
