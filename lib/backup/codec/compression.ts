// Content made smaller and back, as a stream, by what Node has built in. Holds a few of zlib's buffers at a time.
import { Readable, type Transform } from "node:stream";
import zlib from "node:zlib";
import { EngineError } from "../../base/errors.js";
import { damagedBackup, type BackupCompression, type BackupSubject } from "./backup-encoding.js";
import type { ByteStream } from "./byte-source.js";

// Of level 1, 3, 6 (measured on 19 MB of records): 71, 64, 28 MB/s to 39, 36, 33 % of the size. The default, 6, would
// cost more time than everything else in a backup.
const gzipLevel = 3;

// Node 22.15 brought zstd; the types are those of the oldest Node that the engine runs on.
interface ZstdCalls {
  readonly createZstdCompress?: () => Transform;
  readonly createZstdDecompress?: () => Transform;
}
const { createZstdCompress, createZstdDecompress } = zlib as ZstdCalls;

/** Why this Node cannot do a compression; undefined when it can. */
export function compressionProblem(compression: BackupCompression): EngineError | undefined {
  if (compression !== "zstd" || createZstdCompress !== undefined) return undefined;
  const message = `zstd needs Node 22.15 or newer, and this is Node ${process.versions.node}; take "gzip", or another Node.`;
  return new EngineError("request_invalid", { parameter: "compression" }, { message });
}

export function compress(content: ByteStream, compression: BackupCompression): ByteStream {
  if (compression === "none") return content;
  return through(content, compression === "gzip" ? zlib.createGzip({ level: gzipLevel }) : zstd(createZstdCompress));
}

/** Throws `database_corrupt` for what was not compressed so, or is cut off. */
export async function* decompress(
  stored: ByteStream,
  compression: BackupCompression,
  subject: BackupSubject,
): AsyncGenerator<Uint8Array, void> {
  if (compression === "none") {
    yield* stored;
    return;
  }
  try {
    yield* through(stored, compression === "gzip" ? zlib.createGunzip() : zstd(createZstdDecompress));
  } catch (thrown) {
    // zlib's own errors have codes of their own; those of the stream beneath are not about its content.
    const isZlibError = thrown instanceof Error && "code" in thrown && /^(Z_|ZSTD_)/.test(String(thrown.code));
    throw isZlibError ? damagedBackup(subject, `it is not whole ${compression} data`, thrown) : thrown;
  }
}

function zstd(create: (() => Transform) | undefined): Transform {
  const problem = compressionProblem("zstd");
  if (create === undefined || problem) throw problem ?? new TypeError("this Node lacks half of zstd");
  return create();
}

/** A transform as a stage between streams: an error on either side ends both, and so does a reader who leaves. */
async function* through(source: ByteStream, stage: Transform): AsyncGenerator<Uint8Array, void> {
  const readable = Readable.from(source);
  readable.on("error", (error) => stage.destroy(error));
  readable.pipe(stage);
  try {
    for await (const piece of stage) yield piece as Uint8Array;
  } finally {
    readable.destroy();
    stage.destroy();
  }
}
