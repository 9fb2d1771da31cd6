// Which index would spare a statement its walk over the whole table or its sort, from the fields that rules, filter and
// sort compare. A guess from the words: the store decides whether it uses one.
import type { Comparison, Expression, Operand } from "../../query/language/expression.js";
import type { SortKey } from "../../query/sort.js";
import type { Collection } from "../../schema/collection.js";
import { fieldTypes } from "../../schema/field-types/index.js";
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
  const sortFields = sameDirection(sort).filter((name) => isIndexable(collection, name));
  const isWholeSort = sortFields.length === sort.length;
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

const conjunctsOf = (node: Expression): readonly Expression[] =>
  node.kind === "and" ? node.operands.flatMap((part) => conjunctsOf(part)) : [node];

function narrowingOf(collection: Collection, node: Expression): Narrowing {
  if (node.kind === "comparison") return compared(collection, node);
  if ((node.kind === "membership" || node.kind === "presence") && !node.isNegated) {
    const name = ownField(collection, node.operand);
    return name === undefined ? nothing : { equal: [name], range: [] };
  }
  return nothing;
}

function compared(collection: Collection, { operator, isAny, left, right }: Comparison): Narrowing {
  const names = [left, right].map((operand) => ownField(collection, operand));
  const [name] = names.filter((each) => each !== undefined);
  if (isAny || name === undefined || (left.kind === "field" && right.kind === "field")) return nothing;
  if (operator === "=") return { equal: [name], range: [] };
  return operator === "<" || operator === "<=" || operator === ">" || operator === ">="
    ? { equal: [], range: [name] }
    : nothing;
}

/** The record's own column that an operand is. */
function ownField(collection: Collection, operand: Operand): string | undefined {
  if (operand.kind !== "field" || operand.path.length !== 1 || operand.modifiers.length > 0) return undefined;
  const name = operand.path[0]?.name ?? "";
  return isIndexable(collection, name) ? name : undefined;
}

function isIndexable(collection: Collection, name: string): boolean {
  const field = collection.fields.get(name);
  return field !== undefined && fieldTypes[field.type].isIndexable(field);
}

/** The keys of a sort that one index can give, forwards or backwards; none when they point both ways. */
const sameDirection = (sort: readonly SortKey[]): readonly string[] =>
  sort.every(({ isDescending }) => isDescending === sort[0]?.isDescending) ? sort.map(({ name }) => name) : [];

const hasIndex = (collection: Collection, fields: readonly string[]): boolean =>
  [...physicalIndexes(collection).values()].some(
    // Unique ones leave deleted records out, and the store uses them where the statement does too.
    ({ columns }) => fields.every((name, at) => columns[at] === name),
  );
