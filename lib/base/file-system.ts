// The few calls on files that the engine makes itself, as a port: a test can fail the n-th of them.
// A live database is never opened through it: closing any descriptor of a file drops this process's locks on it.
import { constants, createReadStream } from "node:fs";
import { copyFile, link, lstat, mkdir, open, readdir, rename, rmdir, statfs, unlink } from "node:fs/promises";

/** What stands at a path; a link is not followed. */
export interface FileStatus {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly sizeBytes: number;
  /** Names that this file has. */
  readonly linkCount: number;
  /** Differs from every other file's, also from that of a later file at the same path. */
  readonly fingerprint: string;
  /** When its content was last written, in ms since 1970. */
  readonly modifiedMs: number;
  /** When anything of it was last changed, its name and mode included; nobody can set it. In ms since 1970. */
  readonly changedMs: number;
}

/** All calls reject with Node's errors. */
export interface FileSystem {
  /** Makes a directory with mode 0700, and those above it; one that exists is left as it is. */
  makeDirectory(path: string): Promise<void>;
  /** The names in a directory. */
  list(path: string): Promise<readonly string[]>;
  /** Null when nothing is there. */
  status(path: string): Promise<FileStatus | null>;
  /** What the file system of a path has left for this process, in bytes. */
  freeBytes(path: string): Promise<number>;
  /** Makes an empty file with mode 0600; rejects with EEXIST when anything is there. */
  createEmpty(path: string): Promise<void>;
  /**
   * Makes a file with mode 0600 from its content, fsynced; rejects with EEXIST when anything is there, and with what the
   * content throws. After a failure a part of the file may be there. Gives its size.
   */
  createFrom(path: string, content: AsyncIterable<Uint8Array>): Promise<number>;
  /** At most `length` bytes from the start of a file; never follows a link, never waits on a pipe. */
  readStart(path: string, length: number): Promise<Uint8Array>;
  /** A whole file in pieces; never follows a link, never waits on a pipe. What goes wrong is thrown while reading. */
  read(path: string): AsyncIterable<Uint8Array>;
  /** A copy with the mode of the original, sharing its blocks where the file system can; rejects with EEXIST when anything is there. */
  copy(from: string, to: string): Promise<void>;
  /** Writes over a part of a file that is there, and fsyncs it. */
  overwrite(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** fsync of a file or a directory. */
  sync(path: string): Promise<void>;
  /** A second name for a file; rejects with EEXIST instead of replacing. */
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Rejects with ENOTEMPTY when anything is in it. */
  removeDirectory(path: string): Promise<void>;
}

const neverFollowNorWait = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

// Large enough that a trip to the thread pool is small beside the reading, small enough for many at once.
const pieceBytes = 262_144;

/** The machine's own. */
export const nodeFileSystem: FileSystem = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  list: (path) => readdir(path),
  async status(path) {
    try {
      const found = await lstat(path);
      return {
        kind: found.isFile() ? "file" : found.isDirectory() ? "directory" : found.isSymbolicLink() ? "link" : "other",
        sizeBytes: found.size,
        linkCount: found.nlink,
        // An inode's number is given away again at once; its birth is not.
        fingerprint: `${found.dev}:${found.ino}:${found.birthtimeMs}`,
        modifiedMs: found.mtimeMs,
        changedMs: found.ctimeMs,
      };
    } catch (thrown) {
      if (isErrno(thrown, "ENOENT")) return null;
      throw thrown;
    }
  },
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
  async createEmpty(path) {
    await (await open(path, "wx", 0o600)).close();
  },
  async createFrom(path, content) {
    const file = await open(path, "wx", 0o600);
    try {
      let sizeBytes = 0;
      for await (const piece of content) {
        // One write may take a part only.
        for (let rest = piece; rest.length > 0;) {
          const { bytesWritten } = await file.write(rest);
          rest = rest.subarray(bytesWritten);
          sizeBytes += bytesWritten;
        }
      }
      await file.sync();
      return sizeBytes;
    } finally {
      await file.close();
    }
  },
  async readStart(path, length) {
    const file = await open(path, neverFollowNorWait);
    try {
      const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  },
  // The flag is a number: the typings know only texts.
  read: (path) => createReadStream(path, { flags: neverFollowNorWait as unknown as string, highWaterMark: pieceBytes }),
  copy: (from, to) => copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE),
  async overwrite(path, offset, bytes) {
    const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      await file.write(bytes, 0, bytes.length, offset);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  async sync(path) {
    const file = await open(path, "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  },
  link,
  rename,
  unlink,
  removeDirectory: rmdir,
};

/** Whether something thrown is Node's error of that code. */
export function isErrno(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && "code" in thrown && codes.includes(String(thrown.code));
}
