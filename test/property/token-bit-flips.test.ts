// One flipped bit anywhere in a token, and it does not count; nor does it throw.
import { expect, it } from "vitest";
import { TokenService } from "../../lib/access/token.js";
import { seededRandom, testSeed } from "../support/random.js";
import { setClock } from "../support/set-clock.js";

const flips = 2_000;
const lengthOfId = 32;

it(`${flips} bit flips: none is accepted`, async () => {
  const random = seededRandom(testSeed("token-bit-flips"));
  const tokens = new TokenService({ secret: "s".repeat(64), ttlMs: 3_600_000, clock: setClock() });
  const anId = (): string => Array.from({ length: lengthOfId }, () => Math.floor(random() * 16).toString(16)).join("");
  let token = "";
  let accepted = 0;
  for (let flip = 0; flip < flips; flip += 1) {
    if (flip % 100 === 0) {
      token = await tokens.issue({ recordId: anId(), databaseId: anId(), collectionId: anId(), epoch: flip });
      // The control: unflipped, it counts, and from now on it is remembered.
      expect((await tokens.verify(token, () => true)).isOk()).toBe(true);
    }
    const bytes = Buffer.from(token, "latin1");
    const place = Math.floor(random() * bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8));
    const verified = await tokens.verify(bytes.toString("latin1"), () => true);
    if (verified.isOk()) accepted += 1;
    else expect(verified.error.code).toBe("unauthenticated");
  }
  expect(accepted).toBe(0);
});

it("every last character of a signature but its own is refused, also those that decode to the same bytes", async () => {
  const tokens = new TokenService({ secret: "s".repeat(64), ttlMs: 3_600_000, clock: setClock() });
  const id = "a".repeat(lengthOfId);
  const token = await tokens.issue({ recordId: id, databaseId: id, collectionId: id, epoch: 0 });
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const accepted: string[] = [];
  for (const last of alphabet) {
    if ((await tokens.verify(token.slice(0, -1) + last, () => true)).isOk()) accepted.push(last);
  }
  expect(accepted).toEqual([token.at(-1)]);
});
