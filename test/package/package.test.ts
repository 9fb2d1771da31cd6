// What a user of the package gets: packs it, puts it into an empty project beside its declared dependencies
// alone, and uses it there. Needs no network and compiles nothing native.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

const root = resolve(import.meta.dirname, "../..");
let manifest: Manifest;
let project: string;
let tarball: string;
let packed: readonly string[];

/** Gives all that the program printed; fails with it when the program does. */
function run(program: string, args: readonly string[], cwd = project): Promise<string> {
  return new Promise((settle, fail) => {
    execFile(program, args, { cwd }, (error, stdout, stderr) => {
      if (error) fail(new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`));
      else settle(stdout);
    });
  });
}

const runTool = (path: string, ...args: readonly string[]) =>
  run(process.execPath, [join(root, "node_modules", path), ...args]);

beforeAll(async () => {
  manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Manifest;
  if (!existsSync(join(root, "dist/lib/index.js")))
    throw new Error("dist/lib/index.js is missing: run `npm run build` first");
  project = await mkdtemp(join(tmpdir(), "package-"));
  const npm = process.env["npm_execpath"];
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", project];
  const report = npm ? await run(process.execPath, [npm, ...pack], root) : await run("npm", pack, root);
  const [made] = JSON.parse(report) as [{ filename: string; files: readonly { path: string }[] }];
  tarball = join(project, made.filename);
  packed = made.files.map(({ path }) => path);

  const installed = join(project, "node_modules", manifest.name);
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed]);
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(project, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", name), link);
  }
  await writeFile(join(project, "package.json"), `{ "type": "module" }\n`);
});
afterAll(() => rm(project, { recursive: true, force: true }));

describe("the packed files", () => {
  it("are the sources, what was compiled from them, and the papers", () => {
    const strangers = packed.filter(
      (path) =>
        !/^((lib|adapters)\/.+\.ts|dist\/(lib|adapters)\/.+\.(js|d\.ts|js\.map|d\.ts\.map)|docs\/.+\.md|docs\/benchmarks\/.+\.svg|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(
          path,
        ),
    );
    expect(strangers).toEqual([]);
    expect(packed).toEqual(
      expect.arrayContaining([
        "package.json",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "lib/index.ts",
        "adapters/http/index.ts",
        "docs/architecture.md",
      ]),
    );
  });

  it("hold every page that the README links to", async () => {
    const readme = await readFile("README.md", "utf8");
    const pages = [...readme.matchAll(/\]\((docs\/[^)#]+)/g)].map((match) => match[1]);
    expect(pages.length).toBeGreaterThan(5);
    expect(packed).toEqual(expect.arrayContaining(pages));
  });

  it("hold the compiled form of each source, and none whose source is gone", () => {
    const sources = packed.filter((path) => /^(lib|adapters)\//.test(path)).map((path) => path.replace(/\.ts$/, ""));
    const compiled = packed
      .filter((path) => /^dist\/.+\.js$/.test(path))
      .map((path) => path.slice("dist/".length, -".js".length));
    expect(compiled.sort()).toEqual(sources.sort());
  });

  it("satisfy publint", async () => {
    await runTool("publint/src/cli.js", "run", tarball, "--strict");
  });

  it("resolve with their types for every ESM importer", async () => {
    await runTool("@arethetypeswrong/cli/dist/index.js", tarball, "--profile", "esm-only", "--no-emoji");
  });
});

describe("the installed package", () => {
  it("gives each of its subpaths", async () => {
    for (const subpath of Object.keys(manifest.exports).filter((key) => !key.endsWith(".json"))) {
      const name = manifest.name + subpath.slice(1);
      const names = await run(process.execPath, [
        "--input-type=module",
        "-e",
        `console.log(Object.keys(await import("${name}")).length)`,
      ]);
      expect(Number(names), name).toBeGreaterThan(0);
    }
  });

  it("opens an engine, makes a database and closes", async () => {
    await writeFile(
      join(project, "app.js"),
      `import { TenantEngine } from "tenant-engine";
const engine = (await TenantEngine.open({ dataDir: "./data" }))._unsafeUnwrap();
const made = await engine.databases.create({ name: "client1" });
const closed = await engine.close();
console.log(made.isOk(), closed.isOk());
`,
    );
    expect((await run(process.execPath, ["app.js"])).trim()).toBe("true true");
    expect(await readdir(join(project, "data"))).toContain("client1.db");
  });

  it("needs Amazon's client only where backups go to a bucket, and names it then", async () => {
    await writeFile(
      join(project, "bucket.js"),
      `import { createS3BackupStore } from "tenant-engine/backup-s3";
const store = createS3BackupStore({ bucket: "backups" })._unsafeUnwrap();
const listed = await store.list("");
console.log(listed.error.code, listed.error.message);
`,
    );
    const said = await run(process.execPath, ["bucket.js"]);
    expect(said).toContain("request_invalid");
    expect(said).toContain("npm install @aws-sdk/client-s3");
  });

  it("is typed for a strict TypeScript project", async () => {
    await writeFile(
      join(project, "app.ts"),
      `import { EngineError, TenantEngine } from "tenant-engine";
const opened = await TenantEngine.open({ dataDir: "./data" });
export const engine: TenantEngine | EngineError = opened.isOk() ? opened.value : opened.error;
// @ts-expect-error a data directory is a path: had the types been lost, this line would pass
void TenantEngine.open({ dataDir: 1 });
`,
    );
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: "es2023",
      module: "nodenext",
      skipLibCheck: true,
      types: [],
    };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
    await runTool("typescript/bin/tsc", "-p", "tsconfig.json");
  });
});

describe("the installed client", () => {
  it("is bundled for browsers without anything of Node, and stays small", async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: 'export * from "tenant-engine/client";', resolveDir: project },
      ...{ bundle: true, minify: true, write: false, metafile: true, platform: "browser", format: "esm" },
      target: ["chrome116", "firefox124", "safari17.4"],
      logLevel: "silent",
    });
    const inputs = Object.keys(metafile.inputs).filter((path) => path !== "<stdin>");
    expect(inputs.filter((path) => !path.includes("tenant-engine/dist/adapters/client/"))).toEqual([]);
    const bundle = outputFiles[0]!.text;
    expect(bundle).not.toMatch(/\b(process|Buffer|require|global)\b[.(]|node:/);
    const names = Object.keys((await import(`data:text/javascript,${encodeURIComponent(bundle)}`)) as object);
    expect(names.sort()).toEqual(["ClientError", "TenantClient", "VskiClient"]);
    // The guide says 6 kB.
    expect(gzipSync(bundle, { level: 9 }).byteLength).toBeLessThan(6_500);
  });

  it("is typed for a page, where there are no types of Node", async () => {
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: "es2023", module: "esnext", moduleResolution: "bundler", types: [] },
      lib: ["es2023", "dom", "dom.iterable"],
    };
    await writeFile(
      join(project, "page.ts"),
      `import { ClientError, TenantClient, type FilterInput } from "tenant-engine/client";
const client = new TenantClient("", { fetch: (request) => fetch(request) });
const filter: FilterInput = ["title ~ {:t}", { t: "x" }];
const page = await client.db("client1").collection<{ title: string }>("posts").getList(1, 20, { filter });
document.title = page.items[0]?.title ?? "";
const signal = new AbortController().signal;
await client.auth.me({ signal, headers: new Headers() }).catch((error) => error instanceof ClientError && error.isAbort);
// @ts-expect-error had the types been lost, this line would pass
void client.collection(1);
export {};
`,
    );
    await writeFile(join(project, "tsconfig.page.json"), JSON.stringify({ compilerOptions, files: ["page.ts"] }));
    await runTool("typescript/bin/tsc", "-p", "tsconfig.page.json");
  });
});

describe("the lockfile and the install scripts", () => {
  it("names no registry and no address, so that any mirror serves", async () => {
    const lockfile = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
      readonly packages: Readonly<
        Record<string, { readonly resolved?: string; readonly integrity?: string; readonly link?: boolean }>
      >;
    };
    // The examples and the project itself are linked from this folder.
    const entries = Object.entries(lockfile.packages).filter(
      ([path, { link }]) => path.includes("node_modules/") && link !== true,
    );
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([]);
    expect(entries.filter(([, entry]) => entry.integrity === undefined).map(([path]) => path)).toEqual([]);
  });

  it("holds the binaries of every platform", async () => {
    // npm leaves out what the registry lacked when the lockfile was written, and `npm ci` then refuses everywhere.
    const { packages } = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
      readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
    };
    const paths = Object.keys(packages);
    const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect(wanted.filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)))).toEqual([]);
  });

  it("allows sqlite3, and what the benchmark compares it with, by name alone", () => {
    // An entry with a version matches only where the lockfile holds addresses, and ours holds none.
    expect(Object.keys(manifest.allowScripts).filter((name) => name.lastIndexOf("@") > 0)).toEqual([]);
    expect(Object.keys(manifest.allowScripts).filter((name) => manifest.allowScripts[name])).toEqual([
      "sqlite3",
      "better-sqlite3",
    ]);
  });
});
