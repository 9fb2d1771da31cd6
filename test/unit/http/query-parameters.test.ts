// Query strings: what the route declares, once, and nothing else.
import { expect, test } from "vitest";
import { readQuery } from "../../../adapters/http/request/query-parameters.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const shape = {
  page: { kind: "count", description: "" },
  filter: { kind: "text", description: "" },
  skipTotal: { kind: "flag", description: "" },
} as const;

const read = (text: string) => readQuery(text, shape);

test.each([
  ["", {}],
  ["page=2", { page: 2 }],
  ["page=007", { page: 7 }],
  ["filter=a%20%3D%20'b%26c'", { filter: "a = 'b&c'" }],
  ["filter=a+b%2Bc", { filter: "a b+c" }],
  ["filter=", { filter: "" }],
  ["filter", { filter: "" }],
  ["filter=a=b", { filter: "a=b" }],
  ["skipTotal=1&page=1", { skipTotal: true, page: 1 }],
  ["skipTotal=true", { skipTotal: true }],
  ["skipTotal=false", { skipTotal: false }],
  ["skipTotal=", { skipTotal: false }],
  ["&&page=1&", { page: 1 }],
])("%j", (text, values) => {
  expect(valueOf(read(text))).toEqual(values);
});

test.each([
  ["page=1&page=2", "page"],
  ["filter=a&filter=a", "filter"],
  ["page=x", "page"],
  ["page=-1", "page"],
  ["page=1.5", "page"],
  ["page=1e3", "page"],
  ["page=", "page"],
  ["page=9999999999999999", "page"],
  ["skipTotal=yes", "skipTotal"],
  ["fitler=a", "fitler"],
  ["Page=1", "Page"],
  ["filter[x]=1", "filter[x]"],
  ["__proto__=1", "__proto__"],
  ["constructor=1", "constructor"],
  ["toString=1", "toString"],
  ["dbname=client2", "dbname"],
  ["filter=%ff", "query"],
  ["filter=%", "query"],
  ["%zz=1", "query"],
])("%j is refused, and named", (text, parameter) => {
  expect(refusalOf(read(text), "request_invalid").details.parameter).toBe(parameter);
});
