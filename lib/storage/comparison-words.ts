// SQL's words for the comparisons, the same in every store.
import { sql, type RawBuilder } from "kysely";
import type { ComparisonOperator } from "./store-dialect.js";

export const comparisonWords: Readonly<Record<ComparisonOperator, RawBuilder<unknown>>> = {
  "=": sql`=`,
  "!=": sql`<>`,
  "<": sql`<`,
  "<=": sql`<=`,
  ">": sql`>`,
  ">=": sql`>=`,
};
