// Where the tour keeps its files: a directory that nobody else uses. Never deletes anything.
import { mkdir, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** `DATA_DIR` if it is empty, a new directory inside it if it is not, and a new temporary one without it. */
export async function tourDirectory(): Promise<string> {
  const wanted = process.env["DATA_DIR"];
  if (!wanted) return mkdtemp(join(tmpdir(), "tenant-engine-tour-"));
  const directory = resolve(wanted);
  await mkdir(directory, { recursive: true });
  const isEmpty = (await readdir(directory)).length === 0;
  return isEmpty ? directory : mkdtemp(join(directory, "tour-"));
}
