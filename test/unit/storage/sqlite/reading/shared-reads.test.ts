// Which questions are asked once for several callers, and which never are.
import { expect, it } from "vitest";
import { SharedReads } from "../../../../../lib/storage/sqlite/reading/shared-reads.js";

/** Questions that are answered when they are told to. */
class Asked {
  readonly keys: string[] = [];
  readonly #open: { readonly answer: () => void; readonly fail: (reason: Error) => void }[] = [];

  readonly ask = (key: string) => (): Promise<string> => {
    this.keys.push(key);
    const turn = this.keys.length;
    return new Promise((resolve, reject) => {
      this.#open.push({ answer: () => resolve(`${key} ${turn}`), fail: reject });
    });
  };

  async end(error?: Error): Promise<void> {
    const [first] = this.#open.splice(0, 1);
    if (error) first?.fail(error);
    else first?.answer();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const start = (mostAtOnce = 1) => {
  const asked = new Asked();
  const reads = new SharedReads(mostAtOnce);
  return { asked, reads, share: (key: string) => reads.share(key, asked.ask(key)) };
};

it("asks at once when nothing is being asked, and one after the other", async () => {
  const { asked, reads, share } = start();
  const given = [share("a"), share("b"), share("c")];
  expect(asked.keys).toEqual(["a"]);
  expect(reads.waiting).toBe(2);
  for (let n = 0; n < 3; n += 1) await asked.end();
  expect(await Promise.all(given)).toEqual(["a 1", "b 2", "c 3"]);
  expect(reads.waiting).toBe(0);
});

it("asks once for all who wait with a key, and again for those who come later", async () => {
  const { asked, share } = start();
  const first = share("a");
  const waiting = [share("b"), share("a"), share("b"), share("a")];
  await asked.end();
  const late = share("b");
  expect(asked.keys).toEqual(["a", "b"]);
  for (let n = 0; n < 4; n += 1) await asked.end();
  expect(await first).toBe("a 1");
  expect(await Promise.all(waiting)).toEqual(["b 2", "a 3", "b 2", "a 3"]);
  expect(await late).toBe("b 4");
});

it("tells all who share a question of its failure, and goes on", async () => {
  const { asked, share } = start();
  const first = share("a");
  const failing = [share("b"), share("b")].map((given) => given.catch((reason: unknown) => reason));
  const after = share("c");
  const reason = new Error("no answer");
  await asked.end();
  await asked.end(reason);
  await asked.end();
  expect(await first).toBe("a 1");
  expect(await Promise.all(failing)).toEqual([reason, reason]);
  expect(await after).toBe("c 3");
});

it("asks several at once, and none beside itself", async () => {
  const { asked, reads, share } = start(2);
  const given = [share("a"), share("a"), share("b"), share("a"), share("c")];
  expect(asked.keys).toEqual(["a", "b"]);
  expect(reads.waiting).toBe(3);
  for (let n = 0; n < 4; n += 1) await asked.end();
  expect(asked.keys).toEqual(["a", "b", "a", "c"]);
  expect(await Promise.all(given)).toEqual(["a 1", "a 3", "b 2", "a 3", "c 4"]);
  expect(reads.waiting).toBe(0);
});
