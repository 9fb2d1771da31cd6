// The pages' code as one program: written beside each other, checked and compiled by TypeScript with the repository's
// own strictness, against the compiled package that an app imports.
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import ts from "typescript";
import { alignedModule, readCodeBlocks, type CodeBlock } from "./code-blocks.js";

/** A page and the module made of its code. */
export interface PageModule {
  /** Path from the repository's root. */
  readonly page: string;
  readonly blocks: readonly CodeBlock[];
  /** The compiled JavaScript of all that the page runs. */
  readonly script: string;
}

export interface PageProgram {
  readonly directory: string;
  readonly pages: readonly PageModule[];
  /** `docs/guide/x.md:12 message`, one for each mistake that the compiler found. */
  readonly problems: readonly string[];
}

/** Writes and compiles the code of pages. The caller removes the directory. */
export async function compilePages(root: string, pages: readonly string[]): Promise<PageProgram> {
  const directory = await makeModuleDirectory(root);
  const pageOf = new Map<string, string>();
  const modules: PageModule[] = [];
  const add = async (page: string, name: string, blocks: readonly CodeBlock[], ending = ""): Promise<void> => {
    const path = join(directory, name);
    pageOf.set(path, page);
    await writeFile(path, alignedModule(blocks) + ending);
  };
  for (const page of pages) {
    const blocks = readCodeBlocks(await readFile(join(root, page), "utf8"));
    const stem = basename(page, ".md").toLowerCase();
    const run = blocks.filter(({ isRun }) => isRun);
    for (const block of blocks) {
      if (block.file !== undefined) await add(page, block.file, [block]);
      // A block that is not run may go on from what stands above it.
      else if (!block.isRun) {
        const above = run.filter(({ firstLine }) => firstLine < block.firstLine);
        await add(page, `${stem}.line-${block.firstLine}.ts`, [...above, block]);
      }
    }
    await add(page, `${stem}.ts`, run, closingOf(run));
    modules.push({ page, blocks, script: join(directory, `${stem}.js`) });
  }
  const problems = compileModules(root, directory, pageOf);
  return { directory, pages: modules, problems };
}

/** Pages that share engine.ts leave it open; a process that has said everything closes it. */
function closingOf(blocks: readonly CodeBlock[]): string {
  const sharesEngine = blocks.some(({ lines }) => lines.some((line) => line.includes('from "./engine.js"')));
  return sharesEngine ? 'import { engine as shared } from "./engine.js";\nvoid (await shared.close());\n' : "";
}

/** A directory for modules, inside the repository so that the package's own name resolves. Its maker removes it. */
export async function makeModuleDirectory(root: string): Promise<string> {
  await mkdir(join(root, ".cache"), { recursive: true });
  return mkdtemp(join(root, ".cache/docs-"));
}

/** Compiles modules and gives what the compiler found, told by the page (or source file) that each stands for. */
export function compileModules(
  root: string,
  directory: string,
  pageOf: ReadonlyMap<string, string>,
): readonly string[] {
  const read = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, root);
  const { outDir, tsBuildInfoFile, ...strictness } = options;
  const program = ts.createProgram([...pageOf.keys()], {
    ...strictness,
    rootDir: directory,
    incremental: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    // A page may show a value that it does not go on with.
    noUnusedLocals: false,
  });
  const found = [...ts.getPreEmitDiagnostics(program)];
  program.emit();
  return found.map(({ file, start = 0, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, " ");
    if (file === undefined) return message;
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    return `${pageOf.get(file.fileName) ?? file.fileName}:${line} ${message}`;
  });
}
