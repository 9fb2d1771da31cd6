// Which index would spare a statement its walk over the whole table or its sort, from the fields that rules, filter and
// sort compare; and what no index can answer. A guess from the words: the store decides whether it uses one.
import { columnEquality, conjunctsOf, isIndexable, ownColumn } from "../../query/compared-fields.js";
import type { Expression } from "../../query/language/expression.js";
import type { SortKey } from "../../query/sort.js";
import type { Collection } from "../../schema/collection.js";
import { physicalIndexes } from "../../schema/tables/physical-indexes.js";
import type { PlannedStatement } from "./explain-statement.js";
import type { IndexHint } from "./explanation.js";

/** The fields that an index could narrow rows by: those that equal something, and those that are in a range. */
interface Narrowing {
  readonly equal: readonly string[];
  readonly range: readonly string[];
}

const nothing: Narrowing = { equal: [], range: [] };

/** `conditions` all hold for the rows of the statement. */
export function missingIndexes(
  collection: Collection,
  { steps }: PlannedStatement,
  conditions: readonly Expression[],
  sort: readonly SortKey[] = [],
): readonly IndexHint[] {
  const isScanned = steps.some(({ scans }) => scans === collection.name);
  const isSorted = steps.some(({ sorts }) => sorts);
  if (!isScanned && !isSorted) return [];
  const sortFields = orderedFields(sort);
  const isWholeSort = sortFields.length > 0 && sortFields.every((name) => isIndexable(collection, name));
  const wanted = narrowings(collection, conditions).map(({ equal, range }) =>
    isWholeSort && range.length === 0 ? [...equal, ...sortFields] : [...equal, ...range.slice(0, 1)],
  );
  const hints: IndexHint[] = [];
  for (const fields of wanted.map((names) => [...new Set(names)])) {
    const [first] = fields;
    if (first === undefined || (fields.length === 1 && first === "id") || hasIndex(collection, fields)) continue;
    hints.push({ fields, reason: reasonOf(collection, isScanned, isSorted) });
  }
  return hints;
}

const reasonOf = ({ name }: Collection, isScanned: boolean, isSorted: boolean): string => {
  const work = [
    isScanned ? [`reads every record of "${name}"`] : [],
    isSorted ? ["sorts what it finds before it gives a page"] : [],
  ];
  return `The statement ${work.flat().join(" and ")}.`;
};

/** One for rows that must satisfy all, or one for each branch of an OR when nothing else narrows. */
function narrowings(collection: Collection, conditions: readonly Expression[]): readonly Narrowing[] {
  const all = conditions.flatMap((node) => conjunctsOf(node));
  const narrowing = all.map((node) => narrowingOf(collection, node)).reduce(both, nothing);
  if (narrowing.equal.length + narrowing.range.length > 0) return [narrowing];
  const [either] = all.filter((node) => node.kind === "or");
  if (either?.kind !== "or") return [nothing];
  const branches = either.operands.map((node) =>
    conjunctsOf(node)
      .map((part) => narrowingOf(collection, part))
      .reduce(both, nothing),
  );
  // A branch that no index narrows makes the store read everything anyway; sorted output of several indexes is sorted anew.
  const isEach = branches.every(({ equal, range }) => equal.length + range.length > 0);
  return isEach ? branches : [nothing];
}

const both = (a: Narrowing, b: Narrowing): Narrowing => ({
  equal: [...a.equal, ...b.equal],
  range: [...a.range, ...b.range],
});

function narrowingOf(collection: Collection, node: Expression): Narrowing {
  if (node.kind === "comparison") return compared(collection, node);
  if ((node.kind === "membership" || node.kind === "presence") && !node.isNegated) {
    const name = ownColumn(collection, node.operand);
    return name === undefined ? nothing : { equal: [name], range: [] };
  }
  return nothing;
}

function compared(collection: Collection, node: Expression & { readonly kind: "comparison" }): Narrowing {
  const equality = columnEquality(collection, node);
  if (equality) return { equal: [equality.name], range: [] };
  const { operator, isAny, left, right } = node;
  const [name] = [left, right].map((operand) => ownColumn(collection, operand)).filter((each) => each !== undefined);
  if (isAny || name === undefined || (left.kind === "field" && right.kind === "field")) return nothing;
  return operator === "<" || operator === "<=" || operator === ">" || operator === ">="
    ? { equal: [], range: [name] }
    : nothing;
}

/**
 * The keys of a sort that one index gives, forwards or backwards; none when those that were written point both ways. The id at
 * the end is left out where it points the other way: rows that tie in all else are few, and sorted as they come.
 */
function orderedFields(sort: readonly SortKey[]): readonly string[] {
  const written = sort.at(-1)?.name === "id" && sort.length > 1 ? sort.slice(0, -1) : sort;
  const isAlike = (keys: readonly SortKey[]): boolean =>
    keys.every(({ isDescending }) => isDescending === sort[0]?.isDescending);
  const keys = isAlike(sort) ? sort : isAlike(written) ? written : [];
  return keys.map(({ name }) => name);
}

const hasIndex = (collection: Collection, fields: readonly string[]): boolean =>
  [...physicalIndexes(collection).values()].some(({ columns }) => {
    // Every statement asks for live records, so `deleted` in between takes nothing away.
    const compared = columns.filter((name) => name !== "deleted" || fields.includes("deleted"));
    // Unique ones leave deleted records out, and the store uses them where the statement does too.
    return fields.every((name, at) => compared[at] === name);
  });
