// What a counting statement is found to read. Too much is only slow; too little would be a wrong total.
import { beforeEach, describe, expect, it } from "vitest";
import { compileCount } from "../../../../lib/records/pages/list-queries.js";
import { readFilter } from "../../../../lib/records/pages/record-filter.js";
import type { RecordContext } from "../../../../lib/records/record-context.js";
import { reachOf, totalQuestion, type QuestionReach } from "../../../../lib/records/totals/total-question.js";
import { openRecordStore } from "../../../support/record-store.js";
import { valueOf } from "../../../support/unwrap.js";

let context: RecordContext;
beforeEach(async () => {
  ({ context } = await openRecordStore([
    { name: "people", fields: [{ name: "name", type: "text" }] },
    { name: "teams", fields: [{ name: "members", type: "relation", collection: "people", multiple: true }] },
    {
      name: "notes",
      fields: [
        { name: "size", type: "number" },
        { name: "meta", type: "json" },
        { name: "people", type: "relation", collection: "people" },
        { name: "team", type: "relation", collection: "teams" },
        { name: "parents", type: "relation", collection: "notes", multiple: true },
      ],
    },
  ]));
});

const reach = (filter: string): QuestionReach => {
  const collection = context.catalog.collections.get("notes")!;
  const statement = valueOf(compileCount(context, collection, valueOf(readFilter(filter)), false));
  return reachOf(
    totalQuestion({ collection, catalog: context.catalog, statement, values: [] }),
    context.services.dialect.builder,
  );
};

describe("a question reads", () => {
  it.each([
    ["", ["notes"]],
    ["size > 1 && meta.notes = 'people'", ["notes"]],
    ["people = null || people != 'notes'", ["notes"]],
    ["parents:length > 1 && parents ?= 'people' && meta:each > 1", ["notes"]],
    ["created < @now", ["notes"]],
    ["people.name = 'x'", ["notes", "people"]],
    ["team.members.name ?= 'x'", ["notes", "people", "teams"]],
    ["parents.size ?> 1", ["notes"]],
    ["parents.people.name ?= 'x'", ["notes", "people"]],
  ])("%s: %j", (filter, tables) => {
    expect(reach(filter).tables.toSorted()).toEqual(tables);
  });

  it("the time, where it is another at each call", () => {
    for (const filter of ["created < @now", "meta.until > @now"]) expect(reach(filter).isPassing, filter).toBe(true);
    for (const filter of ["created < @todayStart", "created > '2020-01-01'"])
      expect(reach(filter).isPassing).toBe(false);
  });

  it("nothing but its own row, where it names no table", () => {
    for (const filter of ["", "size > 1", "people = null", "parents:length > 1", "meta.people:each = 1"]) {
      expect(reach(filter).ownPredicate, filter).toContain("deleted");
    }
    for (const filter of ["people.name = 'x'", "parents.size ?> 1", "size > 1 && team.members ?= 'x'"]) {
      expect(reach(filter).ownPredicate, filter).toBeUndefined();
    }
  });
});
