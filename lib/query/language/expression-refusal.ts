// How an expression is refused: with the place and the reason. Thrown within this floor alone, because the parser and
// the compiler descend deep; `refusable` turns it into a Result at their surface.
import type { EngineError } from "../../base/errors.js";
import { ok, refuse, type Result } from "../../base/result.js";

/** Where an expression stands: what callers send, or what the owner of the schema wrote. */
export type ExpressionContext = "filter" | "rule";

/** The text under work and the code with which it is refused. */
export interface ExpressionSource {
  readonly text: string;
  readonly code: "filter_invalid" | "rule_invalid" | "sort_invalid";
}

/** Leaves the parser or compiler. Must never get past `refusable`. */
export class ExpressionRefusal extends Error {
  readonly position: number;

  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

// Enough to recognise the text; the contract of ExpressionProblem.
const maxShownCharacters = 200;

/** The error that the source's code promises. */
export function refuseExpression(
  { text, code }: ExpressionSource,
  position: number,
  message: string,
): Result<never, EngineError> {
  const details = { expression: text.slice(0, maxShownCharacters), position };
  return refuse(code, details, { message: `${message} (at character ${position})` });
}

/** Runs the work and gives its refusal as an error of the source. */
export function refusable<T>(source: ExpressionSource, work: () => T): Result<T, EngineError> {
  try {
    return ok(work());
  } catch (thrown) {
    if (thrown instanceof ExpressionRefusal) return refuseExpression(source, thrown.position, thrown.message);
    throw thrown;
  }
}

/** A part of the text as a message shows it: short, on one line. */
export function shown(text: string): string {
  // Enough to find it again beside the position.
  const short = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  return short.replace(/[\s\p{Cc}\p{Surrogate}]+/gu, " ");
}
