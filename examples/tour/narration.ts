// How the tour speaks: chapters, lines, small tables, one line of progress. Knows nothing of the engine but its results.
import type { EngineError, ErrorCode, Progress, ResultAsync } from "tenant-engine";

let chapters = 0;

/** Starts a chapter. */
export function chapter(title: string): void {
  chapters += 1;
  console.log(`\n${chapters}. ${title}`);
}

/** Says one line. */
export function say(line: string): void {
  console.log(`   ${line}`);
}

/** Prints rows with aligned columns; numbers stand to the right. */
export function table(rows: readonly (readonly (string | number | null)[])[]): void {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? "-" : String(cell))));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  for (const [at, row] of cells.entries()) {
    const padded = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return typeof rows[at]?.[column] === "number" ? cell.padStart(width) : cell.padEnd(width);
    });
    say(`  ${padded.join("  ").trimEnd()}`);
  }
}

/** A progress line: rewritten in a terminal, printed once where the output goes to a file. */
export function progressLine(what: string): (progress: Progress) => void {
  return ({ done, total }) => {
    const line = `   ${what}: ${done} of ${total}`;
    if (process.stdout.isTTY) process.stdout.write(`\r${line}${done === total ? "\n" : ""}`);
    else if (done === total) console.log(line);
  };
}

/** The value of a call. An Err is thrown and ends the tour. */
export async function valueOf<T>(call: ResultAsync<T, EngineError>): Promise<T> {
  const result = await call;
  if (result.isErr()) throw result.error;
  return result.value;
}

/** Shows that a call is refused with a code, and what its message says. Anything else ends the tour. */
export async function showRefusal<T>(what: string, code: ErrorCode, call: ResultAsync<T, EngineError>): Promise<void> {
  const result = await call;
  if (result.isOk()) throw new Error(`${what} was expected to end in ${code}, but it worked.`);
  if (result.error.code !== code) throw result.error;
  say(what);
  say(`  -> ${code}: ${result.error.message}`);
}
