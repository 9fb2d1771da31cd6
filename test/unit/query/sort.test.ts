import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../../lib/base/limits.js";
import { compileSort } from "../../../lib/query/sort.js";
import { compiled, resolverOf } from "../../support/query-fixture.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const resolver = resolverOf("posts");

describe("compileSort", () => {
  test.each([
    [undefined, "id", `"posts"."id" asc`],
    ["", "id", `"posts"."id" asc`],
    ["  ", "id", `"posts"."id" asc`],
    [[], "id", `"posts"."id" asc`],
    ["-created,+title", "-created,title,id", `"posts"."created" desc, "posts"."title" asc, "posts"."id" asc`],
    [[" -views ", "title"], "-views,title,id", `"posts"."views" desc, "posts"."title" asc, "posts"."id" asc`],
    ["-id,title", "-id", `"posts"."id" desc`],
    [
      "author.name",
      "author.name,id",
      `(select "hop 1"."name" from "people" as "hop 1" where "hop 1"."id" = "posts"."author" and "hop 1"."deleted" is null) asc, "posts"."id" asc`,
    ],
  ])("%j", (sort, text, sql) => {
    const made = valueOf(compileSort(sort, resolver));
    expect(made.text).toBe(text);
    expect(compiled(made.orderBy).sql).toBe(sql);
  });

  test.each([
    ["nope", 0, "no field 'nope'"],
    ["title, -nope", 8, "no field 'nope'"],
    ["title,,views", 6, "no sort key"],
    ["title;drop", 0, "no sort key"],
    ["title desc", 0, "no sort key"],
    ["title, views,title", 13, "twice"],
    ["tags", 0, "list"],
    ["reviewers.name", 0, "list"],
    ["author.nope", 7, "people has no field"],
    ["title:lower", 0, "no sort key"],
    ["@random", 0, "no sort key"],
    ["id,created,updated,title,body,mail,link,views,open", 46, "8 keys"],
    ["x".repeat(4_000), 3_500, "3500"],
  ])("%s is refused", (sort, position, reason) => {
    const { details, message } = refusalOf(compileSort(sort, resolver), "sort_invalid");
    expect(details.position).toBe(position);
    expect(message).toContain(reason);
  });

  test("the number of keys can be set", () => {
    const limits = { ...defaultLimits, sortKeys: 1 };
    expect(compileSort("title", resolver, limits).isOk()).toBe(true);
    expect(refusalOf(compileSort("title,views", resolver, limits), "sort_invalid").details.position).toBe(6);
  });

  test("passwords have no order", () => {
    expect(refusalOf(compileSort("password", resolverOf("users")), "sort_invalid").message).toContain("no field");
  });
});
