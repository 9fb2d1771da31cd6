// Which columns an index must have for the store to find the rows that a rule lets through without reading all.
import type { EngineLimits } from "../base/limits.js";
import { columnEquality, conjunctsOf } from "../query/compared-fields.js";
import type { Constant } from "../query/language/expression.js";
import { parseExpression } from "../query/language/parse-expression.js";
import type { Collection } from "../schema/collection.js";

// Each column makes every entry longer and every create dearer; after three equalities there is little left to narrow.
const maxColumns = 3;

/**
 * The collection's own fields that the rule compares by `=` with who asks (`@request.auth.…`), in the order of the rule; where
 * there are none, with literals. Only what must hold for every row counts: of `owner = @request.auth.id || public = true` no
 * index spares anything once most rows are public. Empty for a rule that cannot be read.
 */
export function ruleColumns(text: string | null, collection: Collection, limits: EngineLimits): readonly string[] {
  if (text === null || text.trim() === "") return [];
  const tree = parseExpression(text, { context: "rule", limits });
  if (tree.isErr()) return [];
  const equalities = conjunctsOf(tree.value)
    .map((node) => columnEquality(collection, node))
    // A record is found by its id without any other index.
    .filter((equality) => equality !== undefined && equality.name !== "id");
  const namesOf = (isMeant: (constant: Constant) => boolean): readonly string[] => [
    ...new Set(equalities.flatMap((equality) => (equality && isMeant(equality.constant) ? [equality.name] : []))),
  ];
  const ofAsker = namesOf(isOfAsker);
  return (ofAsker.length > 0 ? ofAsker : namesOf(isSetLiteral)).slice(0, maxColumns);
}

const isOfAsker = (constant: Constant): boolean => constant.kind === "request" && constant.path[0]?.name === "auth";

// `= ''` and `= null` test for absence, and most rows may lack the value.
const isSetLiteral = (constant: Constant): boolean =>
  constant.kind === "literal" && constant.value !== null && constant.value !== "";
