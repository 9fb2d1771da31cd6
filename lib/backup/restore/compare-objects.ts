// Whether a database is made of what its schema makes, and of nothing else.
import type { StoreObject } from "../../storage/storage.js";

/** The first difference, as the reason's words; null when there is none. */
export function objectDifference(found: readonly StoreObject[], wanted: readonly StoreObject[]): string | null {
  const left = new Map(wanted.map((object) => [keyOf(object), object]));
  for (const object of found) {
    const same = left.get(keyOf(object));
    if (same === undefined) return `it holds ${shown(object)}, which its schema does not make`;
    if (same.table !== object.table || plain(same.definition) !== plain(object.definition)) {
      return `${shown(object)} in it is not as its schema makes it`;
    }
    left.delete(keyOf(object));
  }
  const [missing] = left.values();
  return missing ? `${shown(missing)} is missing in it` : null;
}

const keyOf = ({ kind, name }: StoreObject): string => `${kind} ${name}`;

// Names come from outside; a message shows the beginning.
const shown = ({ kind, name }: StoreObject): string => `the ${kind} "${name.slice(0, 80)}"`;

/** Spaces and letter case outside quotes say nothing. */
const plain = (definition: string): string =>
  definition.replaceAll(/("(?:[^"]|"")*"|'(?:[^']|'')*')|\s+|[A-Z]+/g, (part, quoted?: string) =>
    quoted !== undefined ? quoted : part.trim() === "" ? " " : part.toLowerCase(),
  );
