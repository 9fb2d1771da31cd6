// Databases that others were put in the place of: `.replaced/<name>.<time>-<random>.db`, with their logs beside them.
import { randomBytes } from "node:crypto";
import { basename, join } from "node:path";
import type { ReplacedEntry } from "../../storage.js";
import { companionSuffixes, DataDirectory } from "./data-directory.js";
import { isErrno } from "../../../base/file-system.js";

/** `20261125T101112123Z-0a1b2c3d`: when, in UTC, and 32 random bits for two at the same time. */
const stampPattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-[0-9a-f]{8}$/;

/** A name in which the time of the replacement stands, for the file that comes and the one that goes alike. */
export function stampedFile(name: string, at: number): string {
  const time = new Date(at).toISOString().replaceAll(/[-:.]/g, "");
  return `${name}.${time}-${randomBytes(4).toString("hex")}.db`;
}

/** What such a name says; null for any other. */
export function readStampedFile(fileName: string): { readonly name: string; readonly at: number } | null {
  const word = DataDirectory.nameOf(fileName);
  const dot = word?.lastIndexOf(".") ?? -1;
  if (word === null || dot < 1) return null;
  const [, year, month, day, hour, minute, second, ms] = stampPattern.exec(word.slice(dot + 1)) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
  return Number.isNaN(at) ? null : { name: word.slice(0, dot), at };
}

/** Where such a file lies when it is kept, for people. */
export const locationOf = ({ replaced }: DataDirectory, fileName: string): string =>
  `${basename(replaced)}/${fileName}`;

/** Oldest first; files that the engine did not name are none. */
export async function listReplacedFiles(directory: DataDirectory): Promise<readonly ReplacedEntry[]> {
  const found: ReplacedEntry[] = [];
  for (const fileName of await directory.files.list(directory.replaced)) {
    const said = readStampedFile(fileName);
    const path = join(directory.replaced, fileName);
    const status = said && (await directory.files.status(path));
    if (!status) continue;
    const log = await directory.files.status(`${path}-wal`);
    const sizeBytes = status.sizeBytes + (log?.sizeBytes ?? 0);
    found.push({ name: said.name, replacedAt: said.at, location: locationOf(directory, fileName), sizeBytes });
  }
  return found.sort((a, b) => a.replacedAt - b.replacedAt || (a.location < b.location ? -1 : 1));
}

/** Removes one with its logs; the database last, so that a crash leaves something that the list still shows. */
export async function removeReplacedFile(directory: DataDirectory, { location }: ReplacedEntry): Promise<void> {
  const fileName = basename(location);
  if (readStampedFile(fileName) === null) return;
  for (const suffix of [...companionSuffixes, ""]) {
    await directory.files.unlink(join(directory.replaced, fileName) + suffix).catch((thrown: unknown) => {
      if (!isErrno(thrown, "ENOENT")) throw thrown;
    });
  }
  await directory.files.sync(directory.replaced);
}
