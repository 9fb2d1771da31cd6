// "Some value" and "every value" over rows, in SQL's three-valued logic, in one scan.
import { sql, type RawBuilder } from "kysely";

/**
 * any: true if some row is true, else unknown if some is unknown, else false. all: false if there is no row or some is
 * false, else unknown if some is unknown, else true.
 */
export function quantify(
  quantifier: "any" | "all",
  rows: RawBuilder<unknown>,
  predicate: RawBuilder<boolean>,
): RawBuilder<boolean> {
  const answers = sql`(select ${predicate} as "answer" from ${rows}) as "answers"`;
  const isSettled =
    quantifier === "any"
      ? sql`max(case when "answers"."answer" then 1 else 0 end) = 1 then true`
      : sql`count(*) = 0 or min(case when "answers"."answer" is false then 0 else 1 end) = 0 then false`;
  const otherwise = quantifier === "any" ? sql`false` : sql`true`;
  return sql<boolean>`(select case when ${isSettled} when count("answers"."answer") < count(*) then null else ${otherwise} end from ${answers})`;
}
