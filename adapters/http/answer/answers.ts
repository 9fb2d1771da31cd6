// The answers that routes give.
import type { Header, HttpAnswer } from "../exchange.js";

// Answers depend on headers that caches do not look at; one kept by a cache would be shown to another tenant.
const jsonHeaders: readonly Header[] = [
  ["content-type", "application/json"],
  ["cache-control", "no-store"],
  ["x-content-type-options", "nosniff"],
];

/** A JSON text as it is: it may come from the store, unread. */
export const jsonAnswer = (status: number, text: string, headers: readonly Header[] = []): HttpAnswer => ({
  status,
  headers: headers.length === 0 ? jsonHeaders : [...jsonHeaders, ...headers],
  body: text,
});

/** A value as JSON. */
export const valueAnswer = (status: number, value: unknown): HttpAnswer => jsonAnswer(status, JSON.stringify(value));

/** Done, and nothing to show. */
export const emptyAnswer: HttpAnswer = { status: 204, headers: [["cache-control", "no-store"]], body: null };
