// What a killed child acknowledged, held against what its successor found. Pure: runs and kills nothing.
import type { ChildMessage } from "../support/child-process.js";

export const databaseNames = ["north", "east", "south", "west"] as const;

/** Rows of one createMany: more than one statement of the engine takes. */
export const batchSize = 101;

export interface WritingInput {
  readonly dataDir: string;
  readonly cycle: number;
  /** `before commit` is the control: such a child lies, and must be caught. */
  readonly acknowledge: "after commit" | "before commit";
  readonly stopAfterSurvey: boolean;
  /** So many callers make records in one database at once, instead of a few that do everything in each. */
  readonly crowd?: number;
}

/** What stands in one database. */
export interface Found {
  readonly database: string;
  /** Rows by the name of the write that made them. */
  readonly entries: Readonly<Record<string, number>>;
  readonly lines: Readonly<Record<string, number>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly integrity: string;
}

export type WritingMessage = ChildMessage &
  (
    | { readonly kind: "found"; readonly found: readonly Found[]; readonly leftovers: readonly string[] }
    | { readonly kind: "writing" }
    | { readonly kind: "entries"; readonly database: string; readonly op: string; readonly rows: number }
    | { readonly kind: "counter"; readonly database: string; readonly name: string; readonly value: number }
    | { readonly kind: "transfer"; readonly database: string; readonly op: string; readonly value: number }
  );

/** Whether a message acknowledges a write. */
export const isAcknowledgement = ({ kind }: WritingMessage): boolean =>
  kind === "entries" || kind === "counter" || kind === "transfer";

/** Everything that is wrong, as sentences: lost writes, half writes, damaged files. */
export function findLosses(acknowledged: readonly WritingMessage[], found: readonly Found[]): readonly string[] {
  const byName = new Map(found.map((one) => [one.database, one]));
  return [...acknowledged.flatMap((message) => lossOf(message, byName)), ...found.flatMap(halvesOf)];
}

function lossOf(message: WritingMessage, byName: ReadonlyMap<string, Found>): readonly string[] {
  if (message.kind === "found" || message.kind === "writing") return [];
  const found = byName.get(message.database);
  if (found === undefined) return [`${message.database} is gone`];
  const lost = (what: string): readonly string[] => [`${message.database}: ${what} was acknowledged and is lost`];
  switch (message.kind) {
    case "entries":
      return found.entries[message.op] === message.rows ? [] : lost(message.op);
    case "counter":
      return (found.counters[message.name] ?? 0) >= message.value ? [] : lost(`${message.name} = ${message.value}`);
    case "transfer": {
      const isThere =
        found.entries[message.op] === 1 &&
        found.lines[message.op] === 2 &&
        (found.counters["transfers"] ?? 0) >= message.value;
      return isThere ? [] : lost(message.op);
    }
  }
}

/** Batches and transactions of which a part is there, acknowledged or not. */
function halvesOf({ database, entries, lines, integrity }: Found): readonly string[] {
  const problems = integrity === "ok" ? [] : [`${database}: integrity_check says ${integrity}`];
  for (const [op, rows] of Object.entries(entries)) {
    const whole = op.includes("-batch-") ? batchSize : 1;
    if (rows !== whole) problems.push(`${database}: ${op} has ${rows} of ${whole} rows`);
    if (op.includes("-transfer-") && lines[op] !== 2)
      problems.push(`${database}: ${op} has ${lines[op] ?? 0} of 2 lines`);
  }
  for (const op of Object.keys(lines)) {
    if (entries[op] === undefined) problems.push(`${database}: ${op} has lines and no entry`);
  }
  return problems;
}
