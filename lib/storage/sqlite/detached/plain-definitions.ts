// Whether a file is made of nothing but tables and indexes in the words that the engine uses. Looked at before anything
// else in the file: SQLite runs what stands in a view, a trigger or a CHECK already when it reads or checks a table.
import type { StoreObject } from "../../storage.js";

const words: ReadonlySet<string> = new Set(
  (
    "create table unique index on where is null not primary key default without rowid strict collate nocase " +
    "text numeric integer true false"
  ).split(" "),
);

// Quoted names and texts may hold anything; what is left are words, numbers and signs.
const quoted = /"(?:[^"]|"")*"|'(?:[^']|'')*'/g;
const token = /[a-z_][a-z0-9_$]*|\d+(?:\.\d+)?(?:e[+-]?\d+)?|[(),+-]|\s+|./gi;

/** The first object that the engine would not have made, as the reason's words; null when there is none. */
export function strangeObject(objects: readonly StoreObject[]): string | null {
  for (const { kind, name, definition } of objects) {
    if (kind !== "table" && kind !== "index") return `a ${kind} ("${shown(name)}")`;
    const isVirtual = /^\s*create\s+virtual\b/i.test(definition);
    if (isVirtual) return `a virtual table ("${shown(name)}")`;
    if (!isPlain(definition)) return `a definition of "${shown(name)}" that is not in its words`;
  }
  return null;
}

function isPlain(definition: string): boolean {
  const bare = definition.replaceAll(quoted, "");
  return (bare.match(token) ?? []).every((found) => words.has(found.toLowerCase()) || /^[\d(),+\s-]/.test(found));
}

// Names come from outside; a message shows the beginning.
const shown = (name: string): string => name.slice(0, 80);
