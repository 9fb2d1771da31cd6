// Backups in a bucket when the network and the bucket fail: typed errors, nothing half-done, nothing of a key in any text.
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { EngineError, type EngineError as Refusal } from "../../../lib/base/errors.js";
import type { BackupStore } from "../../../lib/backup/store/backup-store.js";
import { createS3BackupStore, type S3BackupStoreOptions } from "../../../lib/backup/store/s3/s3-backup-store.js";
import { gather, inPieces } from "../../support/byte-streams.js";
import {
  startS3Double,
  type S3Double,
  type S3DoubleOptions,
  type S3Fault,
  type S3Operation,
} from "../../support/s3-double.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const key = "client1.1/content";
const mebibyte = 1_048_576;
/** Three parts of the least size: the last one smaller. */
const large = randomBytes(11 * mebibyte);
const small = Buffer.from("a small content");

interface Setting {
  readonly double: S3Double;
  readonly store: BackupStore;
}

async function setUp(
  options: Partial<S3BackupStoreOptions> = {},
  doubleOptions: S3DoubleOptions = {},
): Promise<Setting> {
  const double = await startS3Double(doubleOptions);
  const { endpoint, bucket, caller: credentials } = double;
  const partBytes = 5 * mebibyte;
  return { double, store: valueOf(createS3BackupStore({ endpoint, bucket, credentials, partBytes, ...options })) };
}

/** Fails every request of an operation, or only the first `times`. */
const failing =
  (operation: S3Operation, fault: S3Fault, times = Infinity) =>
  (asked: S3Operation, count: number): S3Fault | undefined =>
    asked === operation && count <= times ? fault : undefined;

const overloaded: S3Fault = { kind: "refused", status: 503, code: "SlowDown" };
const cut: S3Fault = { kind: "cut" };

const put = (store: BackupStore, content: Buffer) => store.put(key, inPieces(content, [1_000_000]));
const read = async (store: BackupStore): Promise<Buffer> => gather(valueOf(await store.get(key)));

function expectNothingLeft({ objects, uploads }: S3Double): void {
  expect([...objects.keys()]).toEqual([]);
  expect([...uploads.keys()]).toEqual([]);
}

describe("a large upload", () => {
  it("goes in parts, one in memory at a time, and comes back as it was", async () => {
    const { double, store } = await setUp();
    let fed = 0;
    let ahead = 0;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < large.length; at += 500_000) {
        fed = at;
        const sent = [...double.uploads.values()] as { parts: Map<number, Buffer> }[];
        const arrived = sent.flatMap(({ parts }) => [...parts.values()]).reduce((sum, part) => sum + part.length, 0);
        ahead = Math.max(ahead, fed - arrived);
        yield large.subarray(at, at + 500_000);
      }
    };
    expect(valueOf(await store.put(key, content()))).toEqual({ sizeBytes: large.length });
    expect(double.asked.filter((each) => each === "UploadPart")).toHaveLength(3);
    expect((await read(store)).equals(large)).toBe(true);
    // Two parts: the first is sent only when there is a second.
    expect(ahead).toBeLessThanOrEqual(2 * 5 * mebibyte);
    expect([...double.uploads.keys()]).toEqual([]);
  });

  it.each([
    ["a part is refused again and again", failing("UploadPart", overloaded), true],
    ["connections break at parts", failing("UploadPart", cut), true],
    [
      "its completion is refused",
      failing("CompleteMultipartUpload", { kind: "refused", status: 500, code: "InternalError" }),
      true,
    ],
    [
      "it may not begin",
      failing("CreateMultipartUpload", { kind: "refused", status: 403, code: "AccessDenied" }),
      false,
    ],
  ])("leaves nothing when %s", async (_, fault, isRetryable) => {
    const { double, store } = await setUp({ maxAttempts: 2 });
    double.fault = fault;
    const refused = refusalOf(await put(store, large), "storage_failed");
    expect(refused.isRetryable).toBe(isRetryable);
    expectNothingLeft(double);
    // The same call succeeds when the trouble is over.
    double.fault = undefined;
    valueOf(await put(store, large));
    expect((await read(store)).equals(large)).toBe(true);
  });

  it("leaves nothing when its content breaks off in the third part, and gives the content's reason", async () => {
    const { double, store } = await setUp();
    const reason = new EngineError("storage_full", {}) as Refusal;
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield large;
      throw reason;
    };
    expect(refusalOf(await store.put(key, broken()), "storage_full")).toBe(reason);
    expect(double.asked).toContain("UploadPart");
    expectNothingLeft(double);
  });

  it("gets through with some failures on the way", async () => {
    const { double, store } = await setUp();
    double.fault = (operation, times) =>
      times === 1 && operation !== "CompleteMultipartUpload" ? (times % 2 === 0 ? cut : overloaded) : undefined;
    valueOf(await put(store, large));
    expect((await read(store)).equals(large)).toBe(true);
  });

  it("knows its own object when the answer to the completion was lost", async () => {
    const { double, store } = await setUp();
    double.fault = failing("CompleteMultipartUpload", { kind: "answer lost" }, 1);
    expect(valueOf(await put(store, large))).toEqual({ sizeBytes: large.length });
    expect(double.objects.get(key)?.body.equals(large)).toBe(true);
  });
});

describe("a put under a key that is taken meanwhile", () => {
  it.each([
    ["small", small],
    ["large", large],
  ])("of %s content is a conflict and leaves what is there", async (_, content) => {
    const { double, store } = await setUp();
    // It comes between our look and our write.
    double.fault = (operation) => {
      if (operation === "PutObject" || operation === "CompleteMultipartUpload") {
        double.objects.set(key, { body: Buffer.from("theirs"), metadata: {} });
      }
      return undefined;
    };
    refusalOf(await put(store, content), "conflict");
    expect(double.objects.get(key)?.body.toString()).toBe("theirs");
    expect([...double.uploads.keys()]).toEqual([]);
  });

  it("is told from its own object when the answer to its write was lost", async () => {
    const { double, store } = await setUp();
    double.fault = failing("PutObject", { kind: "answer lost" }, 1);
    expect(valueOf(await put(store, small))).toEqual({ sizeBytes: small.length });
    expect(double.asked.filter((each) => each === "PutObject")).toHaveLength(2);
  });

  it("writes without the condition where the server refuses conditions", async () => {
    const { double, store } = await setUp({}, { conditions: "refused" });
    for (const content of [small, large]) {
      valueOf(await put(store, content));
      expect(double.objects.get(key)?.body.equals(content)).toBe(true);
      refusalOf(await put(store, content), "conflict");
      valueOf(await store.delete(key));
    }
  });
});

describe("a download", () => {
  it.each([
    ["breaks off", { kind: "cut off", afterBytes: 3_000_000 }],
    ["stops without a word", { kind: "stalled", afterBytes: 3_000_000 }],
  ] as const)("that %s goes on where it was", async (_, fault) => {
    const { double, store } = await setUp({ timeoutMs: 200 });
    valueOf(await put(store, large));
    double.fault = failing("GetObject", fault, 2);
    expect((await read(store)).equals(large)).toBe(true);
    expect(double.asked.filter((each) => each === "GetObject")).toHaveLength(3);
  });

  it("that breaks off each time without a byte ends in a retryable error, never as if it were whole", async () => {
    const { double, store } = await setUp({ maxAttempts: 3 });
    valueOf(await put(store, large));
    let given = 0;
    double.fault = failing("GetObject", { kind: "cut off", afterBytes: 0 });
    const reading = (async () => {
      for await (const piece of valueOf(await store.get(key))) given += piece.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: "storage_failed", isRetryable: true });
    expect(given).toBe(0);
  });

  it("does not go on with another object that came under the key", async () => {
    const { double, store } = await setUp();
    valueOf(await put(store, large));
    double.fault = failing("GetObject", { kind: "cut off", afterBytes: 3_000_000 }, 1);
    const content = valueOf(await store.get(key));
    double.objects.set(key, { body: Buffer.alloc(large.length, "x"), metadata: {} });
    await expect(gather(content)).rejects.toMatchObject({ code: "storage_failed" });
  });

  it("lets the connection go when its reader leaves", async () => {
    const { store } = await setUp();
    valueOf(await put(store, large));
    for await (const piece of valueOf(await store.get(key))) if (piece.length > 0) break;
    expect((await read(store)).equals(large)).toBe(true);
  });
});

describe("failures", () => {
  const calls: readonly (readonly [S3Operation, (store: BackupStore) => Promise<unknown>])[] = [
    ["HeadObject", async (store) => put(store, small)],
    ["PutObject", async (store) => put(store, small)],
    ["PutObject", async (store) => store.replace(key, small)],
    ["GetObject", async (store) => store.get(key)],
    ["ListObjectsV2", async (store) => store.list("")],
    ["DeleteObject", async (store) => store.delete(key)],
  ];

  it.each(calls)("of %s are retryable when they pass, and final when they do not", async (operation, call) => {
    const { double, store } = await setUp({ maxAttempts: 2, timeoutMs: 150 });
    const passing: readonly S3Fault[] = [
      overloaded,
      cut,
      { kind: "silent" },
      { kind: "refused", status: 500, code: "InternalError" },
    ];
    for (const fault of passing) {
      double.fault = failing(operation, fault);
      const refused = refusalOf((await call(store)) as never, "storage_failed");
      expect(refused.isRetryable, JSON.stringify(fault)).toBe(true);
    }
    for (const code of ["AccessDenied", "InvalidRequest"]) {
      double.fault = failing(operation, { kind: "refused", status: code === "AccessDenied" ? 403 : 400, code });
      const refused = refusalOf((await call(store)) as never, "storage_failed");
      expect(refused.isRetryable, code).toBe(false);
    }
    double.fault = failing(operation, { kind: "refused", status: 507, code: "XMinioStorageFull" });
    if (operation === "PutObject") refusalOf((await call(store)) as never, "storage_full");
  });

  it("name what to do: wrong bucket, wrong key, nobody there", async () => {
    const { double } = await setUp();
    const { endpoint, bucket, caller: credentials } = double;
    const messageOf = async (options: S3BackupStoreOptions): Promise<string> =>
      refusalOf(await valueOf(createS3BackupStore({ maxAttempts: 1, ...options })).list(""), "storage_failed").message;
    expect(await messageOf({ endpoint, credentials, bucket: "other-bucket" })).toContain('no bucket "other-bucket"');
    const wrong = { ...credentials, secretAccessKey: "wrong" };
    expect(await messageOf({ endpoint, bucket, credentials: wrong })).toContain("credentials");
    expect(await messageOf({ endpoint: "http://127.0.0.1:1", bucket, credentials })).toContain("cannot be reached");
  });

  it("never show a key, a token or a signed request, in whatever depth", async () => {
    const caller = {
      accessKeyId: "AKIACANARYID",
      secretAccessKey: "canary-secret-key",
      sessionToken: "canary-session-token",
    };
    const { double, store } = await setUp({ maxAttempts: 1, timeoutMs: 150 }, { caller });
    const faults: readonly S3Fault[] = [
      { kind: "refused", status: 403, code: "SignatureDoesNotMatch" },
      { kind: "refused", status: 400, code: "canary-session-token is not a word" },
      overloaded,
      cut,
      { kind: "silent" },
    ];
    const texts: string[] = [];
    for (const fault of faults) {
      double.fault = () => fault;
      for (const [, call] of calls) {
        const refused = refusalOf((await call(store)) as never, "storage_failed");
        texts.push(inspect(refused, { depth: 20, showHidden: true }), JSON.stringify(refused));
      }
    }
    texts.push(
      inspect(refusalOf(createS3BackupStore({ bucket: "b", endpoint: "http://u:canary@h" }), "request_invalid")),
    );
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.filter((text) => /canary|AKIACANARYID|Signature=/i.test(text))).toEqual([]);
  });
});

describe("lists", () => {
  it("come whole over many pages, and without what others keep in the bucket", async () => {
    const { double, store } = await setUp({ prefix: "engine1" }, { pageSize: 7 });
    const keys = Array.from({ length: 50 }, (_, n) => `client${String(n).padStart(2, "0")}.1/content`);
    for (const each of keys) valueOf(await store.put(each, inPieces(small)));
    for (const stranger of ["engine1/read.me", "engine1/a/b/c", "engine10/client1.1/content", "client1.1/content"]) {
      double.objects.set(stranger, { body: small, metadata: {} });
    }
    expect(valueOf(await store.list("")).map((each) => each.key)).toEqual(keys);
    expect(valueOf(await store.list("client4")).map((each) => each.key)).toEqual(keys.slice(40));
    expect(double.asked.filter((each) => each === "ListObjectsV2").length).toBeGreaterThan(7);
  });
});

describe("options", () => {
  it.each([
    ["bucket", {}],
    ["bucket", { bucket: "a/b" }],
    ["prefix", { bucket: "backups", prefix: "/a" }],
    ["prefix", { bucket: "backups", prefix: "a//b" }],
    ["prefix", { bucket: "backups", prefix: "../a" }],
    ["endpoint", { bucket: "backups", endpoint: "ftp://host" }],
    ["endpoint", { bucket: "backups", endpoint: "http://user:secret@host" }],
    ["region", { bucket: "backups", region: "" }],
    ["credentials", { bucket: "backups", credentials: { accessKeyId: "a" } }],
    ["partBytes", { bucket: "backups", partBytes: 1_000 }],
    ["timeoutMs", { bucket: "backups", timeoutMs: 0 }],
    ["maxAttempts", { bucket: "backups", maxAttempts: 1.5 }],
    ["client", { bucket: "backups", client: {} }],
    ["endpoint", { bucket: "backups", client: new S3Client({}), endpoint: "http://host" }],
    ["acl", { bucket: "backups", acl: "public-read" }],
  ])("are refused with the name of what is wrong: %s", (parameter, options) => {
    const refused = refusalOf(createS3BackupStore(options as S3BackupStoreOptions), "request_invalid");
    expect(refused.details.parameter).toBe(parameter);
  });

  it("take a client of the app's own", async () => {
    const double = await startS3Double();
    const { endpoint, bucket, caller: credentials } = double;
    const client = new S3Client({ endpoint, credentials, region: "eu-central-1", forcePathStyle: true });
    const store = valueOf(createS3BackupStore({ bucket, client }));
    valueOf(await put(store, small));
    expect([...double.objects.keys()]).toEqual([key]);
  });
});
