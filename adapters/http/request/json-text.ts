// JSON of strangers: says where a text stops being JSON, and refuses what parsers disagree about. Must never recurse:
// depth is the sender's choice.
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError, err, ok, type Result } from "../../../lib/index.js";

// A json field holds 100 levels; a batch puts a few more around a record.
const maxDepth = 120;

// What a text of 1 MiB can be made of to keep everybody else waiting: objects of 100,000 keys held up the process for
// 0.2 s. No more than these are read without a pause of about 50 ms.
const mostParts = 30_000;
const mostValues = 150_000;

const tooManyParts = `more than ${mostParts} keys, objects and lists`;
const tooManyValues = `more than ${mostValues} values`;
const tooManyLevels = `more than ${maxDepth} levels`;

// Keys are shown in messages.
const longestShown = 80;

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const literals = ["true", "false", "null"] as const;

/**
 * The value of a JSON text. `request_invalid` with the place: what is no JSON, more than 120 levels, more than 30,000 keys,
 * objects and lists or 150,000 values in all, and an object that has the same key twice, of which some readers take the first
 * and others the last.
 */
export function parseJsonText(text: string): Result<unknown, EngineError> {
  return checkJsonText(text).map(() => JSON.parse(text) as unknown);
}

/**
 * A value that somebody else has parsed: `request_invalid` where {@link parseJsonText} would find it too deep or too many.
 * What its text has shown, an object with the same key twice, is past finding.
 */
export function checkParsedJson(value: unknown): Result<void, EngineError> {
  let parts = 0;
  let values = 1;
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: inner, depth } = next;
    if (typeof inner === "object" && inner !== null) {
      const children = Array.isArray(inner) ? (inner as readonly unknown[]) : Object.values(inner);
      parts += 1 + (Array.isArray(inner) ? 0 : children.length);
      values += children.length;
      if (depth >= maxDepth) return tooBig(tooManyLevels);
      if (parts > mostParts) return tooBig(tooManyParts);
      if (values > mostValues) return tooBig(tooManyValues);
      for (const child of children) open.push({ value: child, depth: depth + 1 });
    }
  }
  return ok(undefined);
}

const tooBig = (reason: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter: "body" }, { message: `The body has ${reason}.` }));

// Checking and parsing 64 kB take some 3 ms.
const longText = 65_536;

/** As {@link parseJsonText}, but a long text gives others their turn between check and parsing: an object of 100,000 keys takes some 50 ms for each. */
export async function readJsonText(text: string): Promise<Result<unknown, EngineError>> {
  if (text.length <= longText) return parseJsonText(text);
  const checked = checkJsonText(text);
  await nextTurn();
  return checked.map(() => JSON.parse(text) as unknown);
}

function checkJsonText(text: string): Result<void, EngineError> {
  const problem = new JsonScan(text).problem();
  if (problem === undefined) return ok(undefined);
  const message = `The body is no JSON that can be taken: ${problem.reason} at character ${problem.position}.`;
  return err(new EngineError("request_invalid", { parameter: "body" }, { message }));
}

interface JsonProblem {
  readonly reason: string;
  /** Zero-based. */
  readonly position: number;
}

class JsonScan {
  readonly #text: string;
  #at = 0;
  #parts = 0;
  #values = 0;
  /** The open objects, by the keys that they have so far, and arrays. */
  readonly #open: (Set<string> | "array")[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  problem(): JsonProblem | undefined {
    // One turn of the loop reads one value, or the beginning of one, and what closes behind it.
    for (;;) {
      const opened = this.#value();
      if (typeof opened === "object") return opened;
      if (opened === "opened") continue;
      const after = this.#afterValue();
      if (after === "end") return undefined;
      if (after !== "next") return after;
    }
  }

  /** Reads a scalar, or opens an object or array up to where its first value stands; empty ones are whole values. */
  #value(): "opened" | "whole" | JsonProblem {
    const code = this.#skip();
    this.#values += 1;
    if (this.#values > mostValues) return this.#wrong(tooManyValues);
    if (code === openBrace || code === openBracket) {
      this.#parts += 1;
      if (this.#parts > mostParts) return this.#wrong(tooManyParts);
      if (this.#open.length >= maxDepth) return this.#wrong(tooManyLevels);
      this.#at += 1;
      const isObject = code === openBrace;
      if (this.#skip() === (isObject ? closeBrace : closeBracket)) {
        this.#at += 1;
        return "whole";
      }
      const keys = isObject ? new Set<string>() : "array";
      this.#open.push(keys);
      return (keys === "array" ? undefined : this.#key(keys)) ?? "opened";
    }
    if (code === quote) return this.#string() ?? "whole";
    number.lastIndex = this.#at;
    const found = number.exec(this.#text)?.[0] ?? literals.find((word) => this.#text.startsWith(word, this.#at));
    if (found === undefined) return this.#unexpected("a value");
    this.#at += found.length;
    return "whole";
  }

  /** Closes what ends here, and goes to the next value. */
  #afterValue(): "end" | "next" | JsonProblem {
    for (;;) {
      const code = this.#skip();
      const inside = this.#open.at(-1);
      if (inside === undefined) return code === undefined ? "end" : this.#unexpected("the end");
      if (code === comma) {
        this.#at += 1;
        return (inside === "array" ? undefined : this.#key(inside)) ?? "next";
      }
      if (code !== (inside === "array" ? closeBracket : closeBrace)) {
        return this.#unexpected(inside === "array" ? "',' or ']'" : "',' or '}'");
      }
      this.#at += 1;
      this.#open.pop();
    }
  }

  #key(keys: Set<string>): JsonProblem | undefined {
    if (this.#skip() !== quote) return this.#unexpected("a key in double quotes");
    this.#parts += 1;
    if (this.#parts > mostParts) return this.#wrong(tooManyParts);
    const start = this.#at;
    const problem = this.#string();
    if (problem) return problem;
    const written = this.#text.slice(start, this.#at);
    const key = written.includes("\\") ? String(JSON.parse(written)) : written.slice(1, -1);
    if (keys.has(key)) return { reason: `the key "${key.slice(0, longestShown)}" a second time`, position: start };
    keys.add(key);
    if (this.#skip() !== colon) return this.#unexpected("':'");
    this.#at += 1;
    return undefined;
  }

  #string(): JsonProblem | undefined {
    for (this.#at += 1; ;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === quote) {
        this.#at += 1;
        return undefined;
      }
      if (code === backslash) {
        escape.lastIndex = this.#at;
        const found = escape.exec(this.#text)?.[0];
        if (found === undefined) return this.#wrong("an escape that JSON does not have");
        this.#at += found.length;
      } else if (code >= space) this.#at += 1;
      else return Number.isNaN(code) ? this.#unexpected('"') : this.#wrong("a control character in a text");
    }
  }

  /** Goes over white space and gives what stands behind it; undefined at the end. */
  #skip(): number | undefined {
    for (; this.#at < this.#text.length; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== space && code !== lineFeed && code !== carriageReturn && code !== tab) return code;
    }
    return undefined;
  }

  #unexpected(expected: string): JsonProblem {
    const isOver = this.#at >= this.#text.length;
    return this.#wrong(isOver ? `it ends where ${expected} should stand,` : `something else than ${expected}`);
  }

  #wrong(reason: string): JsonProblem {
    return { reason, position: this.#at };
  }
}
