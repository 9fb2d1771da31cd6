// What every store of backups must do, written once. backup-store.test.ts runs it over each of them.
import { beforeEach, describe, expect, it } from "vitest";
import { EngineError } from "../../lib/base/errors.js";
import type { BackupStore } from "../../lib/backup/store/backup-store.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

export interface BackupStoreUnderTest {
  readonly name: string;
  /** An empty store, gone when the running test is over. */
  create(): Promise<BackupStore>;
}

/** Content in pieces; with a failure, it breaks off after them. */
async function* contentOf(pieces: readonly (string | Uint8Array)[], failure?: Error): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === "string" ? Buffer.from(piece) : piece;
  if (failure) throw failure;
}

async function textOf(store: BackupStore, key: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of valueOf(await store.get(key))) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const keysIn = async (store: BackupStore, prefix = "") => valueOf(await store.list(prefix)).map(({ key }) => key);

export function backupStoreSuite({ name, create }: BackupStoreUnderTest): void {
  describe(`backup store ${name}`, () => {
    let store: BackupStore;

    beforeEach(async () => {
      store = await create();
    });

    it("is empty at first", async () => {
      expect(valueOf(await store.list(""))).toEqual([]);
      refusalOf(await store.get("a.1/content"), "backup_not_found");
      valueOf(await store.delete("a.1/content"));
    });

    it("gives back what was put, in whatever pieces it came", async () => {
      expect(valueOf(await store.put("a.1/content", contentOf(["one ", "", "two"])))).toEqual({ sizeBytes: 7 });
      expect(await textOf(store, "a.1/content")).toBe("one two");
      // A second reader has content of his own.
      expect(await textOf(store, "a.1/content")).toBe("one two");
      expect(valueOf(await store.list(""))).toEqual([{ key: "a.1/content", sizeBytes: 7 }]);
    });

    it("keeps content without a byte, and content larger than its pieces", async () => {
      expect(valueOf(await store.put("a.1/content", contentOf([])))).toEqual({ sizeBytes: 0 });
      expect(await textOf(store, "a.1/content")).toBe("");
      const large = Buffer.alloc(3_000_001, "abcdefg");
      valueOf(await store.put("a.2/content", contentOf([large.subarray(0, 1_000_000), large.subarray(1_000_000)])));
      expect((await textOf(store, "a.2/content")) === large.toString()).toBe(true);
    });

    it("never replaces by put", async () => {
      valueOf(await store.put("a.1/content", contentOf(["first"])));
      refusalOf(await store.put("a.1/content", contentOf(["second"])), "conflict");
      expect(await textOf(store, "a.1/content")).toBe("first");
    });

    it("keeps one of two puts at once", async () => {
      const outcomes = await Promise.all(
        ["first", "second"].map((text) => store.put("a.1/content", contentOf([text]))),
      );
      expect(outcomes.filter((outcome) => outcome.isOk())).toHaveLength(1);
      expect(await textOf(store, "a.1/content")).toBe(outcomes[0]?.isOk() === true ? "first" : "second");
    });

    it("keeps nothing of content that breaks off, and gives back why", async () => {
      const reason = new EngineError("database_corrupt", { name: "a", reason: "test" }) as EngineError;
      const put = await store.put("a.1/content", contentOf([Buffer.alloc(500_000)], reason));
      expect(refusalOf(put, "database_corrupt")).toBe(reason);
      refusalOf(await store.put("a.1/content", contentOf(["x"], new Error("bug"))), "internal");
      expect(await keysIn(store)).toEqual([]);
      refusalOf(await store.get("a.1/content"), "backup_not_found");
      valueOf(await store.put("a.1/content", contentOf(["whole"])));
    });

    it("replaces notes, also those that it does not have", async () => {
      for (const text of ["first, and longer", "second"])
        valueOf(await store.replace("a.1/proof.json", Buffer.from(text)));
      expect(await textOf(store, "a.1/proof.json")).toBe("second");
      const texts = ["third", "fourth"];
      for (const replaced of await Promise.all(texts.map((text) => store.replace("a.1/proof.json", Buffer.from(text)))))
        valueOf(replaced);
      expect(texts).toContain(await textOf(store, "a.1/proof.json"));
    });

    it("lists by prefix, which may end anywhere, in the order of the keys", async () => {
      const keys = ["a.1/content", "a.1/manifest.json", "a.2/content", "ab.1/content", "b.1/content"];
      for (const key of keys.toReversed()) valueOf(await store.put(key, contentOf([key])));
      expect(await keysIn(store)).toEqual(keys);
      expect(await keysIn(store, "a.")).toEqual(keys.slice(0, 3));
      expect(await keysIn(store, "a.1/")).toEqual(keys.slice(0, 2));
      expect(await keysIn(store, "a.1/man")).toEqual(["a.1/manifest.json"]);
      expect(await keysIn(store, "c")).toEqual([]);
    });

    it("deletes one and leaves the others", async () => {
      for (const part of ["content", "manifest.json"]) valueOf(await store.put(`a.1/${part}`, contentOf([part])));
      valueOf(await store.delete("a.1/content"));
      valueOf(await store.delete("a.1/content"));
      expect(await keysIn(store)).toEqual(["a.1/manifest.json"]);
      valueOf(await store.delete("a.1/manifest.json"));
      expect(await keysIn(store)).toEqual([]);
      valueOf(await store.put("a.1/content", contentOf(["again"])));
    });

    it("goes on giving content that is deleted while it is read, or says that it broke off", async () => {
      const large = Buffer.alloc(4_000_000, "x");
      valueOf(await store.put("a.1/content", contentOf([large])));
      let sizeBytes = 0;
      try {
        for await (const piece of valueOf(await store.get("a.1/content"))) {
          if (sizeBytes === 0) valueOf(await store.delete("a.1/content"));
          sizeBytes += piece.length;
        }
        expect(sizeBytes).toBe(large.length);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(EngineError);
      }
    });

    it.each([
      "",
      "content",
      "/content",
      "a.1/",
      "a.1/b/c",
      "../content",
      "a.1/..",
      ".partial/x",
      "a.1/.x",
      "A.1/x",
      "a\0/x",
    ])("refuses the key %j", async (key) => {
      refusalOf(await store.put(key, contentOf(["x"])), "request_invalid");
      refusalOf(await store.replace(key, Buffer.from("x")), "request_invalid");
      refusalOf(await store.get(key), "request_invalid");
      refusalOf(await store.delete(key), "request_invalid");
    });
  });
}
