// Reading over HTTP: pages, filters, sorts, fields, expands and cursors, and what each refuses.
import type { Scenario } from "./scenario.js";

const posts = "/api/collections/posts/records";

/** A list of Ada's: she sees twelve posts of Bob's and nine of her own. */
const list = (name: string, query: string, rest: Partial<Scenario>): Scenario => ({
  name: `list: ${name}`,
  as: "ada",
  call: `GET ${posts}?${query}`,
  status: 200,
  ...rest,
});

const filtered = (filter: string, total: number, rest: Partial<Scenario> = {}): Scenario =>
  list(`filter ${filter}`, `perPage=50&filter=${encodeURIComponent(filter)}`, {
    shows: { totalItems: total },
    ...rest,
  });

const wrongFilter = (why: string, filter: string): Scenario =>
  list(`filter refused: ${why}`, `filter=${encodeURIComponent(filter)}`, {
    status: 400,
    code: "filter_invalid",
    data: { filter: "filter_invalid" },
  });

const wrongSort = (why: string, sort: string): Scenario =>
  list(`sort refused: ${why}`, `sort=${encodeURIComponent(sort)}`, {
    status: 400,
    code: "sort_invalid",
    data: { sort: "sort_invalid" },
  });

const wrongParameter = (name: string, query: string, parameter: string): Scenario =>
  list(name, query, { status: 400, code: "request_invalid", data: { [parameter]: "request_invalid" } });

export const listScenarios: readonly Scenario[] = [
  // Pages.
  list("as they were made, with the shape of a page", "", {
    shows: { page: 1, perPage: 30, totalItems: 21, totalPages: 1, "items.length": 21, "items.0.title": "Post 0" },
    has: ['"collectionName":"posts"', '"collectionId":"'],
    hasNot: ["nextCursor", '"secret"'],
  }),
  list("the second page", "page=2&perPage=10", {
    shows: { page: 2, perPage: 10, totalItems: 21, totalPages: 3, "items.length": 10, "items.0.title": "Post 10" },
  }),
  list("a page behind the last", "page=9&perPage=10", { shows: { page: 9, totalItems: 21, "items.length": 0 } }),
  list("one a page", "perPage=1", { shows: { totalPages: 21, "items.length": 1 } }),
  list("as many as there may be", "perPage=1000", { shows: { perPage: 1000, "items.length": 21 } }),
  list("without totals", "skipTotal=true&perPage=5", { shows: { totalItems: -1, totalPages: -1, "items.length": 5 } }),
  list("without totals, by a number", "skipTotal=1", { shows: { totalItems: -1 } }),
  list("with totals said", "skipTotal=false", { shows: { totalItems: 21 } }),
  list("a guest sees what is published", "", {
    as: "guest",
    db: "client1",
    shows: { totalItems: 12 },
    hasNot: ["draft"],
  }),
  list("a guest without a database sees the default one", "", { as: "guest", shows: { totalItems: 0 } }),
  list("Bob sees his draft", "", { as: "bob", shows: { totalItems: 13 }, hasNot: ["{draft}"] }),
  list("a superuser sees all of a database", "", { as: "root", db: "client1", shows: { totalItems: 22 } }),
  list("a superuser without a database sees the default one", "", { as: "root", shows: { totalItems: 0 } }),
  list("another tenant's user sees her own", "", { as: "eve", shows: { totalItems: 1 }, hasNot: ["Post 0"] }),
  wrongParameter("list: page 0", "page=0", "page"),
  wrongParameter("list: page -1", "page=-1", "page"),
  wrongParameter("list: page 1.5", "page=1.5", "page"),
  wrongParameter("list: page in words", "page=one", "page"),
  wrongParameter("list: an enormous page", "page=99999999999999999999", "page"),
  wrongParameter("list: perPage 0", "perPage=0", "perPage"),
  wrongParameter("list: perPage beyond the limit", "perPage=1001", "perPage"),
  wrongParameter("list: perPage as exponent", "perPage=1e2", "perPage"),
  wrongParameter("list: skipTotal maybe", "skipTotal=maybe", "skipTotal"),
  wrongParameter("list: a parameter that is not there", "fitler=1", "fitler"),
  wrongParameter("list: a parameter twice", "page=1&page=2", "page"),
  wrongParameter("list: a parameter as a list", "filter[]=x", "filter[]"),
  wrongParameter("list: a prototype as a parameter", "__proto__[x]=1", "__proto__[x]"),
  wrongParameter("list: a nested prototype", "a[__proto__][x]=1", "a[__proto__][x]"),
  wrongParameter("list: constructor", "constructor=1", "constructor"),
  wrongParameter("list: a database in the query", "dbname=client2", "dbname"),
  wrongParameter("list: the header in the query", "x-dbname=client2", "x-dbname"),
  wrongParameter("list: a token in the query", "token={eveToken}", "token"),
  wrongParameter("list: half a percent sign", "filter=%", "query"),
  wrongParameter("list: no UTF-8", "filter=%ff", "query"),
  list("parameters with nothing in them", "&&filter=&sort=&fields=&expand=", { shows: { totalItems: 21 } }),
  list("a plus as a space", "filter=title+=+'Post+1'", { shows: { totalItems: 1, "items.0.slug": "post-1" } }),

  // Filters.
  filtered("views > 50", 6),
  filtered("views >= 50 && views <= 70", 3),
  filtered("views = 0 || views = 110", 2),
  filtered("!(published = true)", 0),
  filtered("published IS NULL", 9),
  filtered("title ~ 'post 1'", 3),
  filtered("title !~ 'Post'", 9),
  filtered("title LIKE 'Post 1%'", 3),
  filtered("slug IN ('post-1', 'post-2', 'nothing')", 2),
  filtered("slug NOT IN ('post-1')", 12),
  filtered("rating IS NULL && published = true", 4),
  filtered("rating IS NOT NULL", 8),
  filtered("tags ?= 'tech'", 4),
  filtered("tags:length = 2", 4),
  filtered("at >= '2026-01-10'", 3),
  filtered("meta.depth.n = 3", 1),
  filtered("author = '{ada}'", 9),
  filtered("author.name = 'Bob'", 12),
  filtered("related.title ?= 'Post 0'", 11),
  filtered("title = 'It\\'s'", 0),
  filtered("1=1", 21),
  filtered("1=0", 0),
  filtered("title = 'x' // a comment", 0),
  filtered("created <= @now", 21),
  filtered("id = '{draft}'", 1),
  filtered("id = '{bobDraft}'", 0),
  filtered("id = '{evePost}'", 0),
  filtered("title ~ '{canary}'", 0),
  wrongFilter("half a comparison", "title ="),
  wrongFilter("no such field", "nothing = 1"),
  wrongFilter("an open parenthesis", "(title = 'x'"),
  wrongFilter("an open text", "title = 'x"),
  wrongFilter("SQL", "1=1; drop table posts"),
  wrongFilter("a subquery", "id = (select 1)"),
  wrongFilter("a table", "sqlite_master.sql ~ 'x'"),
  wrongFilter("a hidden field", "secret ~ 'secret'"),
  wrongFilter("a hidden field of another", "author.plan = 'free'"),
  wrongFilter("a password", "author.password != ''"),
  wrongFilter("the caller", "@request.auth.id != ''"),
  wrongFilter("the database", "@request.dbname = 'client1'"),
  wrongFilter("another collection", "@collection.vault.code != ''"),
  wrongFilter("too long", `title = '${"x".repeat(3_500)}'`),
  wrongFilter("too many comparisons", Array(201).fill("1=1").join("||")),
  wrongFilter("too deep", `${"(".repeat(21)}1=1${")".repeat(21)}`),
  wrongFilter("an IN list too long", `views IN (${Array(501).fill("1").join()})`),
  wrongFilter("a prototype", "__proto__ = 1"),
  wrongFilter("deep prototypes", "meta.__proto__.constructor.prototype = 1 &"),
  wrongFilter("a placeholder without a value", "title = {:t}"),

  // Sorts.
  list("sort", "sort=-views&perPage=1", { shows: { "items.0.title": "Post 11" } }),
  list("sort by two", "sort=-published,-title&perPage=1", { shows: { "items.0.title": "Post 9" } }),
  list("sort by a relation's field", "sort=author.name,-created&perPage=1", { shows: { "items.0.author": "{ada}" } }),
  wrongSort("no such field", "nothing"),
  wrongSort("a hidden field", "secret"),
  wrongSort("a password", "author.password"),
  wrongSort("SQL", "title; drop table posts"),
  wrongSort("too many", "title,views,rating,at,site,published,created,updated,id"),

  // Fields and expands.
  list("some fields", "fields=title,views&perPage=1", { shows: { "items.0": { title: "Post 0", views: 0 } } }),
  list("a hidden field asked for", "fields=title,secret", { status: 400, code: "request_invalid" }),
  list("expand", `expand=author&perPage=1`, { shows: { "items.0.expand.author.name": "Bob" }, hasNot: ['"plan"'] }),
  list("expand over two hops", "expand=related.author&perPage=2", {
    shows: { "items.1.expand.related.0.expand.author.name": "Bob" },
  }),
  list("fields of an expand", "expand=author&fields=title,expand.author.name&perPage=1", {
    shows: { "items.0": { title: "Post 0", expand: { author: { name: "Bob" } } } },
  }),
  list("a guest's expand leaves out who is hidden from him", "expand=author&perPage=1", {
    as: "guest",
    db: "client1",
    shows: { "items.0.title": "Post 0", "items.0.expand": undefined },
  }),
  list("expand of no relation", "expand=title", { status: 400, code: "request_invalid" }),
  list("expand of nothing", "expand=nothing", { status: 400, code: "request_invalid" }),
  list("expand too deep", `expand=${Array(7).fill("related").join(".")}`, { status: 400, code: "request_invalid" }),

  // Cursors.
  list("the first page of a cursor", "cursor=&perPage=5", { shows: { "items.length": 5 }, has: ['"nextCursor":"'] }),
  list("the last page of a cursor", "cursor=&perPage=50", { shows: { nextCursor: null, "items.length": 21 } }),
  wrongParameter("list: a made-up cursor", "cursor=abc", "cursor"),
  wrongParameter("list: a cursor of another tenant", "cursor={eveCursor}", "cursor"),

  // One record.
  {
    name: "get one",
    as: "ada",
    call: `GET ${posts}/{post1}`,
    status: 200,
    shows: { id: "{post1}", title: "Post 1", tags: ["tech", "fun"], collectionName: "posts", secret: undefined },
  },
  {
    name: "get one's own draft",
    as: "ada",
    call: `GET ${posts}/{draft}`,
    status: 200,
    shows: { title: "Ada's draft" },
  },
  { name: "get another's draft", as: "ada", call: `GET ${posts}/{bobDraft}`, status: 404, code: "record_not_found" },
  { name: "get a deleted one", as: "ada", call: `GET ${posts}/{gone}`, status: 404, code: "record_not_found" },
  { name: "get the other tenant's", as: "ada", call: `GET ${posts}/{evePost}`, status: 404, code: "record_not_found" },
  { name: "get what is no id", as: "ada", call: `GET ${posts}/nothing`, status: 404, code: "record_not_found" },
  { name: "get by a path", as: "ada", call: `GET ${posts}/..%2f..%2fusers`, status: 404, code: "record_not_found" },
  { name: "get with NUL", as: "ada", call: `GET ${posts}/a%00b`, status: 404, code: "record_not_found" },
  {
    name: "get with expand and fields",
    as: "bob",
    call: `GET ${posts}/{post2}?expand=author&fields=id,expand.author.name`,
    status: 200,
    shows: { "": { id: "{post2}", expand: { author: { name: "Bob" } } } },
  },
  {
    name: "get with a filter",
    as: "ada",
    call: `GET ${posts}/{post1}?filter=1=1`,
    status: 400,
    code: "request_invalid",
    data: { filter: "request_invalid" },
  },
  {
    name: "get with a hidden field",
    as: "ada",
    call: `GET ${posts}/{draft}?fields=secret`,
    status: 400,
    code: "request_invalid",
  },

  // Collections without rules, and without existence.
  {
    name: "a closed collection, for a user",
    as: "ada",
    call: "GET /api/collections/vault/records",
    status: 403,
    code: "forbidden",
  },
  {
    name: "a closed collection, for a guest",
    call: "GET /api/collections/vault/records",
    db: "client1",
    status: 403,
    code: "forbidden",
  },
  {
    name: "a closed collection, for a superuser",
    as: "root",
    db: "client1",
    call: "GET /api/collections/vault/records",
    status: 200,
    shows: { totalItems: 1, "items.0.code": "0000" },
  },
  {
    name: "no such collection, for a user",
    as: "ada",
    call: "GET /api/collections/nothing/records",
    status: 404,
    code: "collection_not_found",
  },
  {
    name: "no such collection, for a guest",
    call: "GET /api/collections/nothing/records",
    status: 404,
    code: "collection_not_found",
  },
  {
    name: "a deleted collection",
    as: "ada",
    call: "GET /api/collections/retired/records",
    status: 404,
    code: "collection_not_found",
  },
  {
    name: "superusers are not listed to users",
    as: "ada",
    call: "GET /api/collections/_superusers/records",
    status: 404,
    code: "collection_not_found",
  },
  {
    name: "superusers are not listed to guests",
    call: "GET /api/collections/_superusers/records",
    status: 403,
    code: "forbidden",
  },
  {
    name: "rules are not listed to users",
    as: "ada",
    call: "GET /api/collections/_rules/records",
    status: 404,
    code: "collection_not_found",
  },
  {
    name: "rules are not listed to guests",
    call: "GET /api/collections/_rules/records",
    status: 403,
    code: "forbidden",
  },
  {
    name: "superusers see superusers, without what is secret",
    as: "root",
    call: "GET /api/collections/_superusers/records",
    status: 200,
    shows: { "items.0.email": "root@example.com" },
    hasNot: ['"password"', '"epoch"'],
  },
  {
    name: "a prototype as a collection",
    as: "ada",
    call: "GET /api/collections/__proto__/records",
    status: 404,
    code: "collection_not_found",
  },
  {
    name: "constructor as a collection",
    as: "ada",
    call: "GET /api/collections/constructor/records",
    status: 404,
    code: "collection_not_found",
  },
  {
    name: "SQL as a collection",
    as: "ada",
    call: "GET /api/collections/posts%22%3B%20drop/records",
    status: 404,
    code: "collection_not_found",
  },
  {
    name: "accounts without what is theirs alone",
    as: "ada",
    call: "GET /api/collections/users/records?sort=name",
    status: 200,
    shows: { "items.0.name": "Ada", "items.0.password": undefined, "items.0.plan": undefined },
    hasNot: ['"password"', '"plan"', '"epoch"'],
  },
];
