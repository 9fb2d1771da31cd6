// The few calls on files that the storage makes itself, as a port: a test can fail the n-th of them.
// A live database is never opened through it: closing any descriptor of a file drops this process's locks on it.
import { constants } from "node:fs";
import { link, lstat, mkdir, open, readdir, rename, unlink } from "node:fs/promises";

/** What stands at a path; a link is not followed. */
export interface FileStatus {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly sizeBytes: number;
  /** Names that this file has. */
  readonly linkCount: number;
  /** Differs from every other file's, also from that of a later file at the same path. */
  readonly fingerprint: string;
}

/** All calls reject with Node's errors. */
export interface FileSystem {
  /** Makes a directory with mode 0700, and those above it; one that exists is left as it is. */
  makeDirectory(path: string): Promise<void>;
  /** The names in a directory. */
  list(path: string): Promise<readonly string[]>;
  /** Null when nothing is there. */
  status(path: string): Promise<FileStatus | null>;
  /** Makes an empty file with mode 0600; rejects with EEXIST when anything is there. */
  createEmpty(path: string): Promise<void>;
  /** At most `length` bytes from the start of a file; never follows a link, never waits on a pipe. */
  readStart(path: string, length: number): Promise<Uint8Array>;
  /** fsync of a file or a directory. */
  sync(path: string): Promise<void>;
  /** A second name for a file; rejects with EEXIST instead of replacing. */
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

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
      };
    } catch (thrown) {
      if (isErrno(thrown, "ENOENT")) return null;
      throw thrown;
    }
  },
  async createEmpty(path) {
    await (await open(path, "wx", 0o600)).close();
  },
  async readStart(path, length) {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
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
};

/** Whether something thrown is Node's error of that code. */
export function isErrno(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && "code" in thrown && codes.includes(String(thrown.code));
}
