// Tokens: only what the service itself has made, for its database and collection, in its time.
import { describe, expect, it } from "vitest";
import { deriveKey } from "../../../lib/access/secret.js";
import { TokenService, type TokenSubject } from "../../../lib/access/token.js";
import { badTokens, claimsOf, forgeToken } from "../../support/bad-tokens.js";
import { setClock } from "../../support/set-clock.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const secret = "0123456789abcdef0123456789abcdef";
const subject: TokenSubject = {
  recordId: "a".repeat(32),
  databaseId: "b".repeat(32),
  collectionId: "c".repeat(32),
  epoch: 3,
};
const header = { alg: "HS256", typ: "JWT" };
const key = deriveKey(secret, "token", subject.databaseId, subject.collectionId);
const otherKey = deriveKey(secret, "token", "d".repeat(32), subject.collectionId);

const hour = 3_600_000;
const anything = (): boolean => true;

function service(options: { readonly secret?: string; readonly ttlMs?: number } = {}) {
  const clock = setClock();
  return { clock, tokens: new TokenService({ secret, ttlMs: hour, clock, ...options }) };
}

describe("a token", () => {
  it("gives back what it was made for", async () => {
    const { tokens, clock } = service();
    const token = await tokens.issue(subject);
    const claims = valueOf(await tokens.verify(token, anything));
    const iat = clock.ms / 1_000;
    expect(claims).toEqual({
      sub: subject.recordId,
      db: subject.databaseId,
      col: subject.collectionId,
      epoch: 3,
      iat,
      exp: iat + 3_600,
    });
    expect(valueOf(await tokens.verify(token, anything))).toEqual(claims);
  });

  it("says nothing in the clear but ids and times", async () => {
    const token = await service().tokens.issue(subject);
    expect(Object.keys(claimsOf(token))).toEqual(["sub", "db", "col", "epoch", "iat", "exp", "iss", "aud"]);
    expect(JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString())).toEqual(header);
  });

  it("counts until the second of its end, and not in it, remembered or not", async () => {
    const { tokens, clock } = service();
    const token = await tokens.issue(subject);
    clock.ms += hour - 1;
    valueOf(await tokens.verify(token, anything));
    clock.ms += 1;
    refusalOf(await tokens.verify(token, anything), "unauthenticated");
  });

  it("does not count when the clock stands a day before it was made, and survives a minute", async () => {
    const { tokens, clock } = service();
    const token = await tokens.issue(subject);
    clock.ms -= 60_000;
    valueOf(await tokens.verify(token, anything));
    clock.ms -= 24 * hour;
    refusalOf(await tokens.verify(token, anything), "unauthenticated");
  });

  it("ends with a lifetime that was shortened after it was made", async () => {
    const token = await service().tokens.issue(subject);
    const { tokens, clock } = service({ ttlMs: 60_000 });
    clock.ms += 59_000;
    valueOf(await tokens.verify(token, anything));
    clock.ms += 1_000;
    refusalOf(await tokens.verify(token, anything), "unauthenticated");
  });

  it("is checked with the key of its own database, collection and secret alone", async () => {
    const token = await service().tokens.issue(subject);
    refusalOf(await service({ secret: secret.toUpperCase() }).tokens.verify(token, anything), "unauthenticated");
    expect(key).not.toEqual(otherKey);
    expect(key).not.toEqual(deriveKey(secret, "token", subject.databaseId, "d".repeat(32)));
    expect(key).not.toEqual(deriveKey(secret, "cursor", subject.databaseId, subject.collectionId));
  });

  it("is refused when it is not the one that is expected, also when it is remembered", async () => {
    const { tokens } = service();
    const token = await tokens.issue(subject);
    valueOf(await tokens.verify(token, anything));
    refusalOf(await tokens.verify(token, ({ db }) => db === "e".repeat(32)), "unauthenticated");
  });
});

describe("a bad token", () => {
  const { tokens, clock } = service();
  const iat = clock.ms / 1_000;
  const claims = {
    sub: subject.recordId,
    db: subject.databaseId,
    col: subject.collectionId,
    epoch: subject.epoch,
    iat,
    exp: iat + 3_600,
    iss: "tenant-engine",
    aud: "tenant-engine/access",
  };
  const bad = badTokens({ key, claims, other: { db: "d".repeat(32), col: "e".repeat(32), key: otherKey } });
  // Whether the record is there, and at which epoch, is for the database to say.
  const askedOfTheDatabase = new Set(["sub of nobody", "epoch ahead"]);

  it("is told from a good one made in the same way", async () => {
    const forged = forgeToken({ header, payload: claims }, key);
    expect(forged).toBe(await tokens.issue(subject));
    valueOf(await service().tokens.verify(forged, anything));
  });

  it("comes in more than 60 classes", () => {
    expect(bad.size - askedOfTheDatabase.size).toBeGreaterThan(60);
  });

  it.each([...bad].filter(([name]) => !askedOfTheDatabase.has(name)))("never counts: %s", async (_, token) => {
    const refusal = refusalOf(await tokens.verify(token, anything), "unauthenticated");
    expect(refusal.message).toBe("The token is not valid, or not any more; sign in again.");
    expect(refusal.details).toEqual({});
    expect(refusal.cause).toBeUndefined();
  });
});
