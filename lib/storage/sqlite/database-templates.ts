// A database that new ones are copied from: built once for each schema, proven, and closed. A copy differs from it in its
// identity alone, which is written over at the place that the proof has found. Nobody opens a template that is in use.
import { randomBytes } from "node:crypto";
import { isEngineError } from "../../base/errors.js";
import { isErrno } from "../../base/file-system.js";
import type { StoreIdentity } from "../storage.js";
import { DataDirectory } from "./files/data-directory.js";
import { refuseCompanions } from "./files/database-file.js";

export interface TemplateWork {
  /** Makes a whole database with the identity at the path, and lets go of it. */
  readonly build: (path: string, identity: StoreIdentity) => Promise<void>;
  /** Opens the file, checks it and closes it again; gives the identity that it carries. */
  readonly prove: (path: string) => Promise<StoreIdentity>;
}

interface Template {
  readonly path: string;
  readonly sizeBytes: number;
  /** Where the identity lies in the file. */
  readonly offset: number;
  /** What lies there for an identity. */
  readonly bytesOf: (identity: StoreIdentity) => Uint8Array;
}

interface CurrentTemplate {
  readonly word: string;
  /** Null when no copy of it could be proven: then databases are built one by one. */
  readonly ready: Promise<Template | null>;
}

// What a database's id and time look like: only texts of equal length can be written over each other.
const idLength = 32;
const timeLength = 24;

export class DatabaseTemplates {
  readonly #directory: DataDirectory;
  /** The one in use. Databases are made at the newest schema, so there is never need of two. */
  #current: CurrentTemplate | null = null;

  constructor(directory: DataDirectory) {
    this.#directory = directory;
  }

  /**
   * Makes the database at the path, which is free, as a copy; on the disk when this returns. The word says how it is built:
   * the first of a word pays for the building. False, and nothing made, when it must be built by itself.
   */
  async copyTo(path: string, word: string, identity: StoreIdentity, work: TemplateWork): Promise<boolean> {
    if (!isFixed(identity.id, idLength) || !isFixed(identity.createdAt, timeLength)) return false;
    for (let isRepeated = false; ; isRepeated = true) {
      const current = await this.#currentOf(word, work);
      const template = await current.ready;
      if (template === null) return false;
      try {
        if (await this.#copy(template, path, identity)) return true;
        await this.#directory.files.unlink(path);
      } catch (thrown) {
        if (isRepeated || !isErrno(thrown, "ENOENT")) throw thrown;
      }
      if (isRepeated) return false;
      // Somebody cleared the place or changed the file: once more from the beginning.
      if (this.#current === current) await this.clear();
    }
  }

  /** Forgets and removes the template. */
  async clear(): Promise<void> {
    const former = this.#current;
    this.#current = null;
    const template = await former?.ready.catch(() => null);
    // What stays is cleared at the next open.
    if (template) await this.#directory.files.unlink(template.path).catch(() => undefined);
  }

  async #currentOf(word: string, work: TemplateWork): Promise<CurrentTemplate> {
    if (this.#current?.word === word) return this.#current;
    const cleared = this.clear();
    const current = { word, ready: cleared.then(() => this.#make(work)) };
    this.#current = current;
    // An error is that of whoever waits for it now; the next one tries anew.
    current.ready.catch(() => {
      if (this.#current === current) this.#current = null;
    });
    return current;
  }

  /** False when the file is not the one that was proven. */
  async #copy(template: Template, path: string, identity: StoreIdentity): Promise<boolean> {
    const { files } = this.#directory;
    await files.copy(template.path, path);
    const status = await files.status(path);
    if (status?.sizeBytes !== template.sizeBytes) return false;
    await files.overwrite(path, template.offset, template.bytesOf(identity));
    return true;
  }

  async #make({ build, prove }: TemplateWork): Promise<Template | null> {
    const { files, template: place, logger } = this.#directory;
    const path = DataDirectory.unique(place, "template");
    try {
      const mark = randomIdentity();
      await build(path, mark);
      const { sizeBytes = 0 } = (await files.status(path)) ?? {};
      const found = locate(await files.readStart(path, sizeBytes), mark);
      if (found !== null && (await this.#isProven(path, found, prove))) return { path, sizeBytes, ...found };
      logger.warn({}, "new databases are built one by one: no copy of the template could be proven");
    } catch (thrown) {
      await files.unlink(path).catch(() => undefined);
      throw thrown;
    }
    await files.unlink(path).catch(() => undefined);
    return null;
  }

  /** The template goes the way of every copy: written over, opened, read. */
  async #isProven(
    path: string,
    found: Pick<Template, "offset" | "bytesOf">,
    prove: TemplateWork["prove"],
  ): Promise<boolean> {
    const identity = randomIdentity();
    await this.#directory.files.overwrite(path, found.offset, found.bytesOf(identity));
    const read = await prove(path).catch((thrown: unknown) => {
      if (isEngineError(thrown) && thrown.code === "database_corrupt") return { id: "", createdAt: "" };
      throw thrown;
    });
    await refuseCompanions(this.#directory, path, "template");
    return read.id === identity.id && read.createdAt === identity.createdAt;
  }
}

/** Where the identity lies, when each of its texts is there once. */
function locate(file: Uint8Array, { id, createdAt }: StoreIdentity): Pick<Template, "offset" | "bytesOf"> | null {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const [idAt, timeAt] = [onlyIndexOf(bytes, id), onlyIndexOf(bytes, createdAt)];
  if (idAt === null || timeAt === null) return null;
  const offset = Math.min(idAt, timeAt);
  const between = Buffer.from(bytes.subarray(offset, Math.max(idAt + idLength, timeAt + timeLength)));
  const bytesOf = (identity: StoreIdentity): Uint8Array => {
    const written = Buffer.from(between);
    written.write(identity.id, idAt - offset, "latin1");
    written.write(identity.createdAt, timeAt - offset, "latin1");
    return written;
  };
  return { offset, bytesOf };
}

function onlyIndexOf(bytes: Buffer, text: string): number | null {
  const first = bytes.indexOf(text, 0, "latin1");
  return first >= 0 && bytes.indexOf(text, first + 1, "latin1") < 0 ? first : null;
}

/** Texts that stand nowhere else in a file. */
const randomIdentity = (): StoreIdentity => ({
  id: randomBytes(idLength / 2).toString("hex"),
  createdAt: randomBytes(timeLength / 2).toString("hex"),
});

/** Printable ASCII of the length: as many bytes as characters. */
const isFixed = (text: string, length: number): boolean => text.length === length && /^[\x20-\x7e]*$/.test(text);
