// What a database file says of itself before SQLite opens it: a foreign file is never opened by SQLite at all.
import { EngineError } from "../../../base/errors.js";
import type { FileStatus } from "../../../base/file-system.js";
import type { DataDirectory } from "./data-directory.js";
import { companionSuffixes } from "./data-directory.js";

/** The format of the files of this version of the engine. A greater one is refused. */
export const formatVersion = 1;

// "TEN" and the format in the last byte: in the header, so that a newer file is known without being opened.
const applicationFamily = 0x54454e00;

/** What our files carry as `application_id`. */
export const applicationId = applicationFamily + formatVersion;

// SQLite's file header: https://www.sqlite.org/fileformat.html, section 1.3
const headerBytes = 100;
const magic = "SQLite format 3\0";

/** Null: it may be opened. Else why not, as a sentence. */
export type FileRefusal =
  | { readonly kind: "missing" }
  /** Not made by this engine: neither opened nor removed. */
  | { readonly kind: "foreign"; readonly reason: string }
  /** Ours, but not whole. */
  | { readonly kind: "damaged"; readonly reason: string };

const foreign = (reason: string): FileRefusal => ({ kind: "foreign", reason });

/** What stands at the places of a database's files; null where nothing does. */
export interface DatabaseFiles {
  readonly database: FileStatus | null;
  /** In the order of {@link companionSuffixes}. */
  readonly companions: readonly (FileStatus | null)[];
}

/** All at once: each is a trip to the thread pool. */
export async function findDatabaseFiles({ files }: DataDirectory, path: string): Promise<DatabaseFiles> {
  const [database = null, ...companions] = await Promise.all(
    ["", ...companionSuffixes].map((suffix) => files.status(path + suffix)),
  );
  return { database, companions };
}

/**
 * Looks at the file of a database. Only while this process has no handle on it: to close a descriptor drops all
 * POSIX locks of the process on the file, SQLite's too, and then another process may delete a live log (measured: 5 of
 * 7 acknowledged rows were lost). That is why the caller holds the name and knows that no store of it is open.
 */
export async function checkDatabaseFile(
  directory: DataDirectory,
  path: string,
  found?: DatabaseFiles,
): Promise<FileRefusal | null> {
  const { database: status, companions } = found ?? (await findDatabaseFiles(directory, path));
  if (status === null) return { kind: "missing" };
  if (status.kind === "link") return foreign("It is a symbolic link; the engine did not make it.");
  if (status.kind !== "file") return foreign(`It is not a regular file (${status.kind}); the engine did not make it.`);
  if (status.linkCount !== 1) return foreign("The file has a second name (hard link); the engine did not make that.");
  if (status.sizeBytes === 0) return foreign("The file is empty; the engine did not make it.");

  let walBytes = 0;
  for (const [index, suffix] of companionSuffixes.entries()) {
    const companion = companions[index] ?? null;
    if (companion === null) continue;
    if (companion.kind !== "file" || companion.linkCount !== 1) {
      return foreign(`Its ${suffix} file is not a regular file of its own; the engine did not make that.`);
    }
    if (suffix === "-wal") walBytes = companion.sizeBytes;
  }
  return checkHeader(await directory.files.readStart(path, headerBytes), status.sizeBytes, walBytes);
}

/**
 * Looks at a file that came from outside, closed and aside. Stricter than {@link checkDatabaseFile}: it has just the form in
 * which the engine writes copies, because SQLite is about to read it.
 */
export async function checkReceivedFile(directory: DataDirectory, path: string): Promise<FileRefusal | null> {
  const refusal = await checkDatabaseFile(directory, path);
  if (refusal) return refusal;
  const header = await directory.files.readStart(path, headerBytes);
  const view = new DataView(header.buffer, header.byteOffset);
  for (const { offset, read, wanted, what } of fixedForm) {
    if (!wanted.includes(read(view, offset))) return foreign(`${what} is not the one that the engine writes.`);
  }
  const { sizeBytes = 0 } = (await directory.files.status(path)) ?? {};
  const pageBytes = view.getUint16(16);
  const isWhole = sizeBytes === pageBytes * view.getUint32(28);
  return isWhole ? null : { kind: "damaged", reason: "The file does not end where its last page does." };
}

const byte = (view: DataView, offset: number): number => view.getUint8(offset);
const word = (view: DataView, offset: number): number => view.getUint32(offset);

/** Places of the header that are the same in every file of ours: https://www.sqlite.org/fileformat.html, section 1.3 */
const fixedForm = [
  // 4,096 is SQLite's own choice since 2016.
  {
    offset: 16,
    read: (view: DataView, offset: number) => view.getUint16(offset),
    wanted: [4_096],
    what: "Its page size",
  },
  { offset: 18, read: byte, wanted: [1, 2], what: "Its journal" },
  { offset: 19, read: byte, wanted: [1, 2], what: "Its journal" },
  { offset: 20, read: byte, wanted: [0], what: "The space that its pages keep free" },
  { offset: 44, read: word, wanted: [4], what: "Its schema format" },
  { offset: 52, read: word, wanted: [0], what: "Its way of keeping free pages" },
  { offset: 56, read: word, wanted: [1], what: "Its text encoding" },
];

function checkHeader(header: Uint8Array, sizeBytes: number, walBytes: number): FileRefusal | null {
  if (header.length < headerBytes || new TextDecoder("latin1").decode(header.subarray(0, magic.length)) !== magic) {
    return foreign("It is not a SQLite database; the engine did not make it.");
  }
  const view = new DataView(header.buffer, header.byteOffset);
  const family = (view.getUint32(68) & ~0xff) >>> 0;
  const format = view.getUint8(71);
  if (family !== applicationFamily || format === 0) {
    return foreign("It is another application's SQLite database; the engine did not make it.");
  }
  if (format > formatVersion) {
    return foreign(`It has file format ${format}, this engine knows ${formatVersion}: a newer engine made it.`);
  }
  const pageBytes = view.getUint16(16) === 1 ? 65_536 : view.getUint16(16);
  const pages = view.getUint32(28);
  // With a log the file may rightly be shorter: a checkpoint that was cut off writes the first page first.
  if (walBytes === 0 && sizeBytes < pageBytes * pages) {
    return { kind: "damaged", reason: `The file is cut off: ${sizeBytes} of ${pageBytes * pages} bytes are there.` };
  }
  return null;
}

/** A closed database that was just built is whole only without a log. Throws `storage_failed`. */
export async function refuseCompanions(directory: DataDirectory, path: string, name: string): Promise<void> {
  for (const suffix of companionSuffixes) {
    if ((await directory.files.status(path + suffix)) === null) continue;
    const message = "The new database could not be completed: its log was not merged into it.";
    throw new EngineError("storage_failed", { name }, { message });
  }
}
