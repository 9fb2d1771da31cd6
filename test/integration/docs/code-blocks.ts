// The code in a Markdown page: what stands between ```ts fences, and where.

/** One fenced block of TypeScript. */
export interface CodeBlock {
  /** Zero-based line of its first line of code. */
  readonly firstLine: number;
  readonly lines: readonly string[];
  /** ```ts no-run: checked by the compiler only. */
  readonly isRun: boolean;
  /** ```ts file=engine.ts: a module of its own, which the pages import. */
  readonly file: string | undefined;
}

/** All blocks of a page in order. Throws for a word after ```ts that means nothing, and for a fence left open. */
export function readCodeBlocks(markdown: string): readonly CodeBlock[] {
  const lines = markdown.split("\n");
  const blocks: CodeBlock[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, language, words] = /^```(\w*)(.*)$/.exec(lines[at]!) ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf("```", at + 1);
    if (end < 0) throw new Error(`line ${at + 1}: this fence is never closed`);
    if (language === "ts")
      blocks.push({ firstLine: at + 1, lines: lines.slice(at + 1, end), ...meaningOf(words!, at) });
    else if (/^(typescript|tsx|js|javascript|mjs)$/.test(language)) {
      throw new Error(`line ${at + 1}: code is written in \`\`\`ts, or nobody checks it`);
    }
    at = end;
  }
  return blocks;
}

function meaningOf(words: string, line: number): Pick<CodeBlock, "isRun" | "file"> {
  const word = words.trim();
  if (word === "" || word === "no-run") return { isRun: word === "", file: undefined };
  const file = /^file=([a-z-]+\.ts)$/.exec(word)?.[1];
  if (file === undefined)
    throw new Error(`line ${line + 1}: \`\`\`ts is followed by no-run or file=…, not by "${word}"`);
  return { isRun: false, file };
}

/** A module with the blocks on the lines that they have in the page, so that messages point into the page. */
export function alignedModule(blocks: readonly CodeBlock[]): string {
  const module: string[] = [];
  for (const { firstLine, lines } of blocks) {
    while (module.length < firstLine) module.push("");
    module.push(...lines);
  }
  return `${module.join("\n")}\nexport {};\n`;
}

/** What the page says that its code prints: the `// prints: …` at the end of lines. */
export function promisedOutput(blocks: readonly CodeBlock[]): readonly string[] {
  const lines = blocks.flatMap((block) => block.lines);
  return lines.flatMap((line) => /\/\/ prints: (.*)$/.exec(line)?.[1] ?? []);
}
