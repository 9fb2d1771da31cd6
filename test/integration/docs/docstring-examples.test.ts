// The examples in the docstrings of the public API compile against it: typedoc prints them as they are.
import { readFileSync, readdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { alignedModule, readCodeBlocks, type CodeBlock } from "./code-blocks.js";
import { compileModules, makeModuleDirectory } from "./page-program.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const clientFolder = "adapters/client";
const folders = ["lib/engine", "adapters/http", "adapters/express", "adapters/koa", "adapters/next", clientFolder];
const sources = [
  ...folders.flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)),
  "lib/base/errors.ts",
].filter((path) => path.endsWith(".ts"));

/** What examples may take for given. On one line, before the first example can start. */
const given = [
  'import { TenantEngine, type Collection, type Database, type Principal } from "tenant-engine";',
  "declare const engine: TenantEngine; declare const db: Database; declare const a: string; declare const b: string;",
  "declare const token: string; declare const id: string; declare const principal: Principal;",
  "declare const posts: Collection<{ title: string; published: boolean }>;",
  "export async function example() {",
].join(" ");

/** The same for the client's, which know nothing of the engine. */
const givenToClients = [
  'import { ClientError, TenantClient, type CollectionClient } from "tenant-engine/client";',
  "declare const client: TenantClient; declare const id: string;",
  "declare const posts: CollectionClient<{ title: string; published: boolean }>;",
  "export async function example() {",
].join(" ");

/** For an example that is a module of its own, with imports and exports. */
const givenToModules = 'declare const engine: import("tenant-engine").TenantEngine;';

function moduleOf(source: string, block: CodeBlock): string {
  if (block.lines.some((line) => /^(import|export) /.test(line))) return `${givenToModules}${alignedModule([block])}`;
  const start = source.startsWith(`${clientFolder}/`) ? givenToClients : given;
  return `${start}${alignedModule([block]).replace("export {};", "}")}`;
}

/** The docstrings of a file as Markdown, each line where it was. */
const docstringsOf = (source: string): string =>
  source
    .split("\n")
    .map((line) => /^\s*\* ?(.*)$/.exec(line)?.[1] ?? "")
    .join("\n");

test("every example compiles", async () => {
  const directory = await makeModuleDirectory(root);
  try {
    const sourceOf = new Map<string, string>();
    for (const source of sources) {
      for (const block of readCodeBlocks(docstringsOf(readFileSync(join(root, source), "utf8")))) {
        const path = join(
          directory,
          `${basename(dirname(source))}.${basename(source, ".ts")}.line-${block.firstLine}.ts`,
        );
        sourceOf.set(path, source);
        await writeFile(path, moduleOf(source, block));
      }
    }
    expect(sourceOf.size).toBeGreaterThanOrEqual(20);
    expect(compileModules(root, directory, sourceOf)).toEqual([]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
