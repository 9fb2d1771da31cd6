// A wrong option is told when the handler is made, by its name.
import { expect, test } from "vitest";
import { resolveHttpOptions, type HttpOptions } from "../../../adapters/http/http-options.js";

test("what is left out has its default, and limits are on", () => {
  expect(resolveHttpOptions()).toMatchObject({
    basePath: "/api",
    rateLimit: { requests: { count: 1_000, windowMs: 10_000 }, signIns: { count: 30, windowMs: 60_000 } },
    cors: undefined,
    superuserLogin: true,
    openapi: "superusers",
  });
  expect(resolveHttpOptions({ basePath: "/" }).basePath).toBe("");
  expect(resolveHttpOptions({ basePath: "/v1/api/" }).basePath).toBe("/v1/api");
  expect(resolveHttpOptions({ rateLimit: false }).rateLimit).toEqual({ requests: false, signIns: false });
  expect(resolveHttpOptions({ rateLimit: { signIns: false } }).rateLimit.requests).not.toBe(false);
});

const wrong: readonly (readonly [string, unknown])[] = [
  ["options", null],
  ["options", []],
  ["basepath", { basepath: "/api" }],
  ["basePath", { basePath: "api" }],
  ["basePath", { basePath: "/a b" }],
  ["basePath", { basePath: "//" }],
  ["principal", { principal: {} }],
  ["clientAddress", { clientAddress: "1.2.3.4" }],
  ["rateLimit", { rateLimit: true }],
  ["rateLimit", { rateLimit: { logins: false } }],
  ["rateLimit.requests", { rateLimit: { requests: { count: 0, windowMs: 1 } } }],
  ["rateLimit.signIns", { rateLimit: { signIns: { count: 1 } } }],
  ["cors", { cors: "*" }],
  ["cors.origins", { cors: { origins: ["app.example.com"] } }],
  ["cors.origins", { cors: { origins: ["https://app.example.com/"] } }],
  ["cors.credentials", { cors: { origins: "*", credentials: true } }],
  ["cors.headers", { cors: { origins: "*", headers: ["x y"] } }],
  ["superuserLogin", { superuserLogin: "no" }],
  ["openapi", { openapi: true }],
  ["bodyTimeoutMs", { bodyTimeoutMs: 0 }],
  ["batchRequests", { batchRequests: 1.5 }],
  ["logger", { logger: { info: () => undefined } }],
  ["clock", { clock: {} }],
];

test.each(wrong)("%s: %j", (name, options) => {
  expect(() => resolveHttpOptions(options as HttpOptions)).toThrow(TypeError);
  expect(() => resolveHttpOptions(options as HttpOptions)).toThrow(name);
});
