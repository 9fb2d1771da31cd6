// A directory of its own for a test, gone when the test is over.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A fresh empty directory, removed with all it holds when the running test is finished. Call it inside a test or `beforeEach`. */
export async function tempDirectory(): Promise<string> {
  const path = await makeTempDirectory();
  onTestFinished(() => removeTempDirectory(path));
  return path;
}

/** A fresh empty directory whose owner removes it, e.g. in `afterAll`. */
export function makeTempDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "tenant-engine-"));
}

/** Removes such a directory. */
export function removeTempDirectory(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}

/** Gives the work a directory and removes it afterwards, whatever happens. */
export async function withTempDirectory<T>(work: (path: string) => Promise<T>): Promise<T> {
  const path = await makeTempDirectory();
  try {
    return await work(path);
  } finally {
    await removeTempDirectory(path);
  }
}
