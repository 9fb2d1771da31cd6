// What every text must be before it may reach a column, whatever its type. Knows nothing of single types.
import type { FieldProblem } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";

// SQLite cuts LIKE and length() at U+0000, and the driver turns a lone surrogate into U+FFFD, so that two texts collide.
const unstorable = /[\0\p{Surrogate}]/u;

/** Whether a text can be kept exactly: well-formed Unicode without U+0000. */
export const isStorableText = (text: string): boolean => !unstorable.test(text);

/** The refusal of a text that cannot be kept exactly. Code `text_invalid`. */
export const textInvalid: FieldProblem = {
  code: "text_invalid",
  message: "The text holds a lone surrogate or U+0000, which cannot be stored; remove it.",
};

/** Gives a text back as it is, or refuses it with `text_invalid`. */
export function storableText(value: unknown): Result<string, FieldProblem> {
  const text = value as string;
  return isStorableText(text) ? ok(text) : err(textInvalid);
}
