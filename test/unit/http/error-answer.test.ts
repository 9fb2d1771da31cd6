// Errors as they leave: the right status, the one shape, and nothing of the machine.
import { expect, test } from "vitest";
import { errorAnswer, errorStatuses } from "../../../adapters/http/answer/error-answer.js";
import { BatchRefusal, HttpRefusal, httpRefusals, type Refusal } from "../../../adapters/http/answer/http-refusal.js";
import { EngineError, errorCodes, type ErrorCode } from "../../../lib/index.js";

const secret = "select * from secrets in /var/lib/data/client1.db";

function bodyOf(refusal: Refusal) {
  const { body, headers, status } = errorAnswer(refusal);
  return { status, headers: Object.fromEntries(headers), body: JSON.parse(body as string) as Record<string, unknown> };
}

/** An error of any code, with whatever details. */
const errorOf = (code: ErrorCode, details: object, message?: string): EngineError =>
  new EngineError(code, details, {
    ...(message === undefined ? {} : { message }),
    cause: new Error(secret),
  });

test.each(errorCodes)("%s has a status and the one shape", (code) => {
  const details = {
    fields: code === "unique_violation" ? ["email"] : { title: { code: "required", message: "A value." } },
  };
  const { status, body } = bodyOf(errorOf(code, details));
  expect(status).toBe(errorStatuses[code]);
  expect(Object.keys(body)).toEqual(["status", "code", "message", "data"]);
  expect(body).toMatchObject({ status, code, message: expect.any(String) });
  expect(JSON.stringify(body)).not.toContain(secret);
});

test("failures of the machine say no more than their code", () => {
  for (const code of errorCodes.filter((each) => errorStatuses[each] >= 500)) {
    const { body } = bodyOf(errorOf(code, { name: secret, dataDir: secret, reason: secret }, secret));
    expect(JSON.stringify(body), code).not.toContain(secret);
  }
});

test("problems stand by their field", () => {
  const problem = { code: "required", message: "A value." };
  expect(bodyOf(errorOf("validation_failed", { fields: { title: problem } })).body["data"]).toEqual({ title: problem });
  expect(
    bodyOf(errorOf("unique_violation", { collection: "users", fields: ["email"] }, "Taken.")).body["data"],
  ).toEqual({
    email: { code: "unique_violation", message: "Taken." },
  });
  expect(bodyOf(errorOf("filter_invalid", { expression: "x", position: 0 }, "No.")).body["data"]).toEqual({
    filter: { code: "filter_invalid", message: "No." },
  });
  expect(bodyOf(errorOf("request_invalid", { parameter: "page" }, "No.")).body["data"]).toHaveProperty("page");
  // A name of a field is a property like any other.
  const odd = JSON.parse(`{"__proto__":{"code":"unknown_field","message":"No."}}`) as object;
  expect(errorAnswer(errorOf("validation_failed", { fields: odd })).body).toContain(`"data":{"__proto__":{"code"`);
});

test("headers say when to come again, how to sign in, and what a path has", () => {
  expect(bodyOf(errorOf("rate_limited", { retryAfterMs: 1_001 })).headers["retry-after"]).toBe("2");
  expect(bodyOf(errorOf("unauthenticated", {})).headers["www-authenticate"]).toBe("Bearer");
  expect(bodyOf(new HttpRefusal("method_not_allowed", "No.", ["GET", "HEAD"])).headers["allow"]).toBe("GET, HEAD");
  expect(bodyOf(errorOf("conflict", {})).headers).toMatchObject({
    "content-type": "application/json",
    "cache-control": "no-store",
  });
});

test("what only HTTP knows has the same shape", () => {
  for (const [code, status] of Object.entries(httpRefusals)) {
    const refusal = new HttpRefusal(code as keyof typeof httpRefusals, "No.");
    expect(bodyOf(refusal)).toMatchObject({ status, body: { status, code, message: "No.", data: {} } });
  }
});

test("a batch says which of its requests was refused", () => {
  const { status, body } = bodyOf(new BatchRefusal(3, errorOf("rate_limited", { retryAfterMs: 5 }, "Slow down.")));
  expect(status).toBe(429);
  expect(body).toMatchObject({
    code: "rate_limited",
    message: "requests[3]: Slow down.",
    data: { requests: { 3: { code: "rate_limited", message: "Slow down.", response: { status: 429 } } } },
  });
});
