// docs/backup-format.md: the reader that the page shows reads what the engine seals. It was written from the page
// alone, so it proves the page as well.
import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createBackupCodec } from "../../../lib/backup/codec/backup-codec.js";
import { gather, inPieces } from "../../support/byte-streams.js";
import { valueOf } from "../../support/unwrap.js";
import { alignedModule, readCodeBlocks } from "./code-blocks.js";
import { compileModules, makeModuleDirectory } from "./page-program.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const page = "docs/backup-format.md";

type Unseal = (sealed: Buffer, key: Buffer, database: string, backupId: string) => Buffer;

async function readerOfPage(): Promise<Unseal> {
  const directory = await makeModuleDirectory(root);
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const [block] = readCodeBlocks(await readFile(join(root, page), "utf8"));
  const path = join(directory, block!.file!);
  await writeFile(path, alignedModule([block!]));
  expect(compileModules(root, directory, new Map([[path, page]]))).toEqual([]);
  const module = (await import(pathToFileURL(path.replace(/\.ts$/, ".js")).href)) as { unsealBackup: Unseal };
  return module.unsealBackup;
}

test("the page's reader reads what the engine seals, and refuses what was altered", async () => {
  const unseal = await readerOfPage();
  const key = randomBytes(32);
  const codec = valueOf(createBackupCodec({ encryption: { key } }));
  for (const size of [0, 1, 65_536, 200_000]) {
    const content = randomBytes(size);
    const sealed = await gather(codec.encode(inPieces(content), { id: "b1", database: "client1" }));
    expect(unseal(sealed, key, "client1", "b1").equals(content)).toBe(true);
    expect(() => unseal(sealed, key, "client1", "b2")).toThrow();
    sealed[sealed.length - 1]! ^= 1;
    expect(() => unseal(sealed, key, "client1", "b1")).toThrow();
  }
});
