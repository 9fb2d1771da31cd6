// The operands of `~` and LIKE as patterns of SQL's LIKE, with `\` for the escape.
import { err, ok, type Result } from "../../base/result.js";

// The store refuses patterns above 1,000 bytes, and nobody writes them by hand.
const maxPatternBytes = 1_000;

const sized = (pattern: string): Result<string, string> =>
  Buffer.byteLength(pattern) <= maxPatternBytes
    ? ok(pattern)
    : err(`as a pattern the text is longer than ${maxPatternBytes} bytes`);

/** The operand of `~`: `%` makes it a pattern, `\%` is a percent sign, every other character is itself. */
export function containsPattern(text: string): Result<string, string> {
  const escaped = text.replace(/\\%|[%_\\]/g, (found) => (found.endsWith("%") ? found : `\\${found}`));
  return sized(text.replaceAll("\\%", "").includes("%") ? escaped : `%${escaped}%`);
}

/** The operand of LIKE: already a pattern. A `\` at its end would escape nothing. */
export function likePattern(text: string): Result<string, string> {
  const [lastEscapes = ""] = /\\*$/.exec(text) ?? [];
  return lastEscapes.length % 2 === 0 ? sized(text) : err("the pattern ends in a single \\");
}
