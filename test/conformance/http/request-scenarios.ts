// The request itself, whatever it asks for: paths, methods, content types, JSON, sizes, browsers of other origins.
import { behindParsers, type Scenario } from "./scenario.js";

const posts = "/api/collections/posts/records";

const nowhere = (target: string): Scenario => ({
  name: `nothing at ${target}`,
  as: "ada",
  call: `GET ${target}`,
  status: 404,
  code: "route_not_found",
});

const wrongMethod = (call: string, allow: string): Scenario => ({
  name: `${call}: not this method`,
  as: "root",
  call,
  status: 405,
  code: "method_not_allowed",
  answerHeaders: { allow },
});

const sent = (name: string, text: string, rest: Partial<Scenario>): Scenario => ({
  name: `body: ${name}`,
  db: "client1",
  call: "POST /api/collections/pages/records",
  text,
  status: 201,
  ...rest,
});

const notJson = (name: string, text: string): Scenario =>
  sent(name, text, { status: 400, code: "request_invalid", data: { body: "request_invalid" }, except: behindParsers });

const typed = (type: string, status: 201 | 415, text = '{"title":"Typed"}'): Scenario => ({
  name: `content type ${type}`,
  db: "client1",
  call: "POST /api/collections/pages/records",
  text,
  headers: { "content-type": type },
  status,
  ...(status === 415 ? { code: "media_type_unsupported" } : {}),
});

const mebibyte = 1_048_576;
const ofSize = (bytes: number): string => `{"title":"Large"}`.padEnd(bytes);

export const requestScenarios: readonly Scenario[] = [
  { name: "health", call: "GET /api/health", status: 200, shows: { code: 200, status: "ok" }, has: ['"version"'] },
  { name: "health with a broken token", as: "broken", call: "GET /api/health", status: 200 },
  { name: "health, head", call: "HEAD /api/health", status: 200 },
  ...["/api", "/api/"].map((target) => ({ ...nowhere(target), except: { next: "Next's route begins below it" } })),
  ...[
    "/api/nothing",
    "/api/collections/posts/records/{post1}/more",
    "/api/Collections",
    "/api/records",
    "/api/__proto__",
  ].map(nowhere),
  { name: "a slash too many", as: "ada", call: `GET ${posts}/`, status: 404, code: "route_not_found" },
  { name: "two slashes", as: "ada", call: "GET /api//collections/posts/records", status: 404, code: "route_not_found" },
  {
    name: "a path that is not UTF-8",
    as: "ada",
    call: "GET /api/collections/%ff/records",
    status: 400,
    code: "request_invalid",
    except: { next: "Next answers such a path itself" },
  },
  {
    name: "an encoded slash is no slash",
    as: "ada",
    call: "GET /api/collections%2fposts%2frecords",
    status: 404,
    code: "route_not_found",
  },
  wrongMethod("DELETE /api/health", "GET, HEAD, OPTIONS"),
  wrongMethod("PUT /api/databases", "GET, HEAD, POST, OPTIONS"),
  wrongMethod(`DELETE ${posts}`, "GET, HEAD, POST, OPTIONS"),
  wrongMethod(`POST ${posts}/{post1}`, "GET, HEAD, PATCH, DELETE, OPTIONS"),
  wrongMethod("GET /api/auth/login", "POST, OPTIONS"),
  wrongMethod("GET /api/batch", "POST, OPTIONS"),
  { name: "head of a list", as: "ada", call: `HEAD ${posts}`, status: 200 },
  { name: "head of a record", as: "ada", call: `HEAD ${posts}/{post1}`, status: 200 },
  { name: "head of what is not there", as: "ada", call: `HEAD ${posts}/nothing`, status: 404 },
  { name: "head without a right", as: "ada", db: "client2", call: `HEAD ${posts}`, status: 403 },
  { name: "options", call: `OPTIONS ${posts}`, status: 204, answerHeaders: { allow: "GET, HEAD, POST, OPTIONS" } },
  { name: "options of nothing", call: "OPTIONS /api/nothing", status: 404, code: "route_not_found" },
  {
    name: "a method in a header is not obeyed",
    as: "ada",
    call: `GET ${posts}/{post1}`,
    headers: { "x-http-method-override": "DELETE" },
    status: 200,
  },

  // Browsers of other origins: the scenarios' handler allows https://app.example.com.
  {
    name: "an origin that may",
    call: "GET /api/health",
    headers: { origin: "https://app.example.com" },
    status: 200,
    answerHeaders: {
      "access-control-allow-origin": "https://app.example.com",
      vary: "Origin",
      "access-control-allow-credentials": null,
    },
  },
  {
    name: "an origin that may, refused",
    call: "GET /api/databases",
    headers: { origin: "https://app.example.com" },
    status: 401,
    code: "unauthenticated",
    answerHeaders: { "access-control-allow-origin": "https://app.example.com" },
  },
  {
    name: "an origin that may not",
    call: "GET /api/health",
    headers: { origin: "https://evil.example.com" },
    status: 200,
    answerHeaders: { "access-control-allow-origin": null, vary: "Origin" },
  },
  {
    name: "an origin like the one that may",
    call: "GET /api/health",
    headers: { origin: "https://app.example.com.evil.example" },
    status: 200,
    answerHeaders: { "access-control-allow-origin": null },
  },
  {
    name: "no origin",
    call: "GET /api/health",
    headers: { origin: "null" },
    status: 200,
    answerHeaders: { "access-control-allow-origin": null },
  },
  {
    name: "a browser asks first",
    call: `OPTIONS ${posts}`,
    headers: {
      origin: "https://app.example.com",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,x-dbname",
    },
    status: 204,
    answerHeaders: {
      "access-control-allow-origin": "https://app.example.com",
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "authorization, content-type, x-dbname, x-request-id",
    },
  },
  {
    name: "a browser of another origin asks first",
    call: `OPTIONS ${posts}`,
    headers: { origin: "https://evil.example.com", "access-control-request-method": "POST" },
    status: 204,
    answerHeaders: { "access-control-allow-origin": null },
  },

  // Content types and JSON.
  typed("application/json", 201),
  typed("application/json; charset=utf-8", 201),
  typed("APPLICATION/JSON", 201),
  typed("application/merge-patch+json", 201),
  typed("text/plain", 415),
  typed("application/x-www-form-urlencoded", 415, "title=Typed"),
  typed("multipart/form-data; boundary=x", 415),
  { ...typed("application/json; charset=utf-16", 415), except: behindParsers },
  typed("json", 415),
  sent("JSON with blanks around it", ' \n{"title": "Blank"}\t', { shows: { title: "Blank" } }),
  sent("letters of all kinds", '{"title":"\u00e9 \u4e2d \ud83d\ude00 \\u0041"}', {
    shows: { title: "\u00e9 \u4e2d \ud83d\ude00 A" },
  }),
  notJson("half of it", '{"title":"x"'),
  notJson("more behind it", '{"title":"x"}{}'),
  notJson("single quotes", "{'title':'x'}"),
  notJson("a comma at the end", '{"title":"x",}'),
  notJson("not a number", '{"rank":NaN}'),
  notJson("a key twice", '{"title":"x","title":"y"}'),
  notJson("a key twice, one escaped", '{"title":"x","titl\\u0065":"y"}'),
  notJson("deep", `${"[".repeat(200)}${"]".repeat(200)}`),
  notJson("blanks alone", "   "),
  sent("exactly as large as it may be", ofSize(mebibyte), { shows: { title: "Large" } }),
  sent("one byte more", ofSize(mebibyte + 1), { status: 413, code: "payload_too_large" }),
  {
    name: "a long filter",
    as: "ada",
    call: `GET ${posts}?filter=${"x".repeat(9_000)}`,
    status: 400,
    code: "filter_invalid",
  },
];
